"""Objectives that teach a model to know, and to say what it does not know."""

from dubito.learn.methods import METHODS

__all__ = ["METHODS"]
