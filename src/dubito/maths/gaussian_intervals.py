"""Gaussian intervals around a forecast, and how often they hold the outcome [kuleshov2018]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf, ndtri

from dubito.maths.arrays import Floats

LEVELS = np.linspace(0, 1, 100)


class Miscoverage(NamedTuple):
    """How far coverage is from what was promised, over levels; each in [0, 1], lower is better."""

    mean: float
    worst: float


def half_width(spread: ArrayLike, level: float) -> Floats:
    """Half the width of the central interval at this level, >= 0: spread [...] -> [...].

    0 at level 0 and infinite at level 1, also where the spread is 0.

    Raises:
        ValueError: a level outside [0, 1].
    """
    s = np.asarray(spread, dtype=np.float64)
    if not 0 <= level <= 1:
        raise ValueError(f"level must lie in [0, 1], got {level}")
    return np.full(s.shape, np.inf) if level == 1 else s * ndtri((1 + level) / 2)


def reached_at(error: ArrayLike, spread: ArrayLike) -> Floats:
    """The level in [0, 1] at which the interval first holds the outcome: [...], [...] -> [...].

    With spread 0 it is 0 for no error and 1 for any other.
    """
    e, s = np.broadcast_arrays(np.abs(np.asarray(error, float)), np.asarray(spread, float))
    far = np.where(e > 0, np.inf, 0.0)
    np.divide(e, s * np.sqrt(2), out=far, where=s > 0)
    return erf(far)


def coverage(reached: ArrayLike, levels: ArrayLike = LEVELS) -> Floats:
    """Share of n outcomes inside their interval at each of L levels: [n], [L] -> [L]."""
    inside = np.sort(np.asarray(reached, dtype=np.float64))
    return np.searchsorted(inside, np.asarray(levels), side="right") / len(inside)


def miscoverage(reached: ArrayLike, levels: ArrayLike = LEVELS) -> Miscoverage:
    """Mean and greatest distance of coverage and level, from `reached_at` [n >= 1]."""
    gap = np.abs(coverage(reached, levels) - np.asarray(levels))
    return Miscoverage(float(gap.mean()), float(gap.max()))


def gaussian_loss(error: ArrayLike, spread: ArrayLike) -> float:
    """Mean -log density of n outcomes, nats, lower is better; infinite where a spread is 0.

    A spread of 0 claims certainty, whose loss is infinite on both sides: it is read as the worst.
    """
    e, s = np.asarray(error, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    if not (s > 0).all():
        return float("inf")
    return float((0.5 * np.log(2 * np.pi) + np.log(s) + 0.5 * (e / s) ** 2).mean())
