"""Sharing between tasks: experts, fusion, balance, groups."""

from dubito.multitask.methods import METHODS

__all__ = ["METHODS"]
