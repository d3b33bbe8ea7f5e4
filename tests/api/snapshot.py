"""The public API as text: ``python -m tests.api.snapshot`` writes ``public.txt``, and a test compares the two.

So a change of a name, an argument, a default or an attribute cannot happen by accident. CONTRIBUTING.md says what such
a change needs.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

SNAPSHOT = Path(__file__).parent / "public.txt"
MODULES = {
    "matrix_resolve": None,
    "matrix_resolve.backends.dnspython": ["DnspythonBackend"],
    "matrix_resolve.check": None,
    "matrix_resolve.clients.aiohttp": None,
    "matrix_resolve.clients.httpx": None,
    "matrix_resolve.discovery": None,
    "matrix_resolve.publish": None,
    "matrix_resolve.publish.aiohttp": ["well_known_routes"],
    "matrix_resolve.publish.asgi": ["WellKnownApplication"],
    "matrix_resolve.reasons": ["Reason"],
    "matrix_resolve.setup": None,
    "matrix_resolve.testing": None,
}
"""The public modules, with their public names if they have no ``__all__``."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def public_api() -> str:
    """Return everything that users may import, with signatures and defaults."""
    return "\n".join(line for module, names in MODULES.items() for line in _module(module, names)) + "\n"


def _module(name: str, names: list[str] | None) -> Iterator[str]:
    module = import_module(name)
    yield f"## {name}"
    for public in names or sorted(module.__all__):
        yield from _object(public, getattr(module, public))
    yield ""


def _object(name: str, value: object) -> Iterator[str]:
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases})"
        yield from sorted(f"    {line}" for line in _members(value))
    elif inspect.isroutine(value):
        yield f"{_kind(value)} {name}{_signature(value)}"
    elif isinstance(value, Mapping):
        yield f"{name}: mapping"
        yield from sorted(f"    {key}: {each}" for key, each in cast("Mapping[str, object]", value).items())
    else:
        yield f"{name} = {value!r}"


def _members(owner: type) -> Iterator[str]:
    """Yield the members that *owner* or one of its bases in this package defines."""
    for base in owner.__mro__:
        if base.__module__.startswith("matrix_resolve"):
            for name, member in vars(base).items():
                if not name.startswith("_") or (name == "__init__" and not getattr(owner, "_is_protocol", False)):
                    yield _member(name, member)
            for name in inspect.get_annotations(base):
                if not name.startswith("_") and name not in vars(base):
                    yield f"{name}"


def _member(name: str, member: object) -> str:
    if isinstance(member, property):
        return f"{name}: property"
    if isinstance(member, classmethod | staticmethod):
        function = cast("classmethod[object, ..., object]", member).__func__
        return f"{'classmethod' if isinstance(member, classmethod) else 'staticmethod'} {name}{_signature(function)}"
    if inspect.isroutine(member) and not inspect.ismemberdescriptor(member):
        return f"{_kind(member)} {name}{_signature(member)}"
    return f"{name} = {member!r}" if isinstance(member, str | int | float | tuple | None) else name


def _kind(function: object) -> str:
    return "async def" if inspect.iscoroutinefunction(function) else "def"


def _signature(function: object) -> str:
    """Return names, kinds and defaults, but no types.

    Each Python version prints types differently, and type checkers check them.
    """
    if not callable(function):
        return ""
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return _ADDRESS.sub("", str(inspect.Signature(bare)))


if __name__ == "__main__":
    SNAPSHOT.write_text(public_api())
