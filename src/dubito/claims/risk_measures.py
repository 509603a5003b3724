"""What the claims on promised risks share: risk beyond the promise, and the rule without one."""

import math
from dataclasses import dataclass

import numpy as np

from dubito.evidence import Floats


@dataclass(frozen=True)
class PlugIn:
    """The largest threshold below which at most a share `alpha` of the breaks lies."""

    alpha: float

    def __call__(self, breaks: Floats) -> float:
        """The first of n breaks too many, infinite where there is none: [n] -> number."""
        allowed = math.floor(round(self.alpha * len(breaks), 9))
        return float(np.sort(breaks)[allowed]) if allowed < len(breaks) else math.inf


def beyond(risk: float, alpha: float) -> float:
    """By how much a risk breaks its promise; 0 where it keeps it."""
    return max(risk - alpha, 0.0)
