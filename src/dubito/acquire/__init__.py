"""Which example to label, which task or arm to sample next."""

from dubito.acquire.methods import METHODS

__all__ = ["METHODS"]
