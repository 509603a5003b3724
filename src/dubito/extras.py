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


# Package -> the extra that brings it, for what is only found missing while a module loads.
PROVIDED_BY = {
    "sklearn": "calibrate",
    "torch": "hf",
    "transformers": "hf",
    "safetensors": "hf",
    "countryinfo": "facts",
    "pycountry": "facts",
    "peft": "train",
    "datasets": "train",
}


def lazy_names(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's `__getattr__`: finds a public name in its home when it is first asked for.

    So that a room opens at once, and without the packages that only some of its methods need.

    Args:
        module: its own name, for the error.
        homes: public name -> module that defines it.
    """

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return named(homes[name], name)

    return found


def named(home: str, name: str) -> Any:
    """What `name` stands for in the module `home`, which is loaded now.

    Raises:
        MissingExtra: a package that it needs is not installed.
    """
    return vars(opened(home))[name]


def made(home: str, name: str, **options: Any) -> Any:
    """What `name` in the module `home` makes of these options; the module is loaded now.

    Raises:
        MissingExtra: a package that it needs is not installed.
    """
    return named(home, name)(**options)


def opened(home: str) -> ModuleType:
    """The module, or which extra it lacks."""
    try:
        return import_module(home)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in PROVIDED_BY:
            require(package, extra=PROVIDED_BY[package])
        raise
