"""Rewards, preferences and policy gradients under doubt."""

from dubito.align.methods import METHODS

__all__ = ["METHODS"]
