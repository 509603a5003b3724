"""How much better than the best so far a normal guess is expected to be [jones1998]."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from dubito.maths.arrays import Floats


def expected_improvement(mean: ArrayLike, variance: ArrayLike, best: float) -> Floats:
    """E[max(value - best, 0)] of normal values, [...] >= 0, in their unit; more is better.

    Without variance it is max(mean - best, 0).
    """
    gain = np.asarray(mean, dtype=np.float64) - best
    deviation = np.sqrt(np.asarray(variance, dtype=np.float64))
    spread = deviation > 0
    z = gain / np.where(spread, deviation, 1.0)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.where(spread, gain * ndtr(z) + deviation * density, np.maximum(gain, 0.0))
