"""Optional dependencies: loaded when used, and named with the extra that brings them."""

from importlib import import_module
from types import ModuleType


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
