"""The public API as text: ``python -m tests.api.snapshot`` writes ``public.txt``, and a test compares the two.

So a change of a name, an argument, a default or an attribute cannot happen by accident. CONTRIBUTING.md says what such
a change needs.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Literal, cast, get_args, get_origin

import matrix_resolve

SNAPSHOT = Path(__file__).parent / "public.txt"
PACKAGE = Path(matrix_resolve.__file__).parent

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def public_api() -> str:
    """Return everything that users may import, with signatures and defaults."""
    return "\n".join(line for module, names in public_names().items() for line in _module(module, names)) + "\n"


def public_names() -> dict[str, dict[str, object]]:
    """Return the public modules, each with what its ``__all__`` lists: the modules without an underscore that have one."""
    names = [_module_name(file) for file in PACKAGE.rglob("*.py")]
    modules = {name: import_module(name) for name in sorted(names) if name}
    return {name: {each: getattr(module, each) for each in sorted(module.__all__)} for name, module in modules.items()}


def _module_name(file: Path) -> str:
    """Return the name of a public module, or an empty string."""
    parts = [PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts]
    if parts[-1] == "__init__":
        parts.pop()
    targets = [
        target for node in ast.parse(file.read_text()).body if isinstance(node, ast.Assign) for target in node.targets
    ]
    is_public = any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
    return ".".join(parts) if is_public and not any(part.startswith("_") for part in parts) else ""


def _module(module: str, names: Mapping[str, object]) -> Iterator[str]:
    yield f"## {module}"
    for name, value in names.items():
        yield from _object(name, value)
    yield ""


def _object(name: str, value: object) -> Iterator[str]:
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases})"
        yield from sorted(f"    {line}" for line in _members(value))
    elif inspect.isroutine(value):
        yield f"{_kind(value)} {name}{_signature(value)}"
    elif get_origin(value) is Literal:
        yield f"{name}: one of"
        yield from sorted(f"    {each!r}" for each in get_args(value))
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
