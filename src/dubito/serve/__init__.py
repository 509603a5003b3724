"""The door for applications: OpenAI-compatible answers, and how far to trust them."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.serve.app import make_app
    from dubito.serve.settings import Settings

HOMES = {"Settings": "dubito.serve.settings", "make_app": "dubito.serve.app"}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = ["Settings", "make_app"]
