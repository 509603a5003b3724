"""Optional dependencies: loaded when used, and named with the extra that brings them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class MissingExtra(ImportError):
    """A package of an optional extra is not installed."""


def require(module: str, *, extra: str) -> ModuleType:
    """The imported module.

    Raises:
        MissingExtra: it is not installed; says which extra brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra(
            f"this needs the package {package!r}: pip install 'dubito[{extra}]' ({error})"
        ) from error


def lazy_names(
    module: str, homes: Mapping[str, str], *, extras: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """A module's `__getattr__`: finds a public name in its home when it is first asked for.

    So that a room opens at once, and without the packages that only some of its methods need.

    Args:
        module: its own name, for the error.
        homes: public name -> module that defines it.
        extras: top package that a home needs -> extra that brings it, checked in this order.
    """

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        for package, extra in (extras or {}).items():
            require(package, extra=extra)
        return vars(import_module(homes[name]))[name]

    return found


def made(home: str, name: str, **options: Any) -> Any:
    """What `name` in the module `home` makes of these options; the module is loaded now."""
    return vars(import_module(home))[name](**options)
