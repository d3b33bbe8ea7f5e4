"""Lazy imports: the names of a package are imported when they are first used, so importing the package itself is fast."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(package: dict[str, Any], home: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` function of a package (PEP 562).

    Args:
        package: The ``globals()`` of the package.
        home: The names in each module, by the module's name relative to the package, such as ``".policy"``.
    """
    modules = {name: module for module, names in home.items() for name in names}
    package_name: str = package["__name__"]

    def get(name: str) -> Any:
        if name not in modules:
            message = f"module {package_name!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(import_module(modules[name], package_name), name)
        package[name] = value
        return value

    return get
