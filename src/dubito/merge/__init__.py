"""Several trained models into one."""

from dubito.merge.methods import METHODS

__all__ = ["METHODS"]
