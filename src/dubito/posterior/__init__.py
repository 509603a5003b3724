"""A distribution over weights instead of a point."""

from dubito.posterior.methods import METHODS

__all__ = ["METHODS"]
