"""Estimators that are fitted on evidence before they doubt."""

from dubito.estimate.trained.methods import TRAINED

__all__ = ["TRAINED"]
