"""Doubt from asking one question in several ways."""

from dubito.estimate.asked.methods import ASKED

__all__ = ["ASKED"]
