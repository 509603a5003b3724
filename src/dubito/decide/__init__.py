"""Probability in, action out."""

from dubito.decide.adaptive import AdaptiveSampling
from dubito.decide.best_of_n import BordaVoting
from dubito.decide.methods import METHODS
from dubito.decide.selective import RiskControl

__all__ = ["METHODS", "AdaptiveSampling", "BordaVoting", "RiskControl"]
