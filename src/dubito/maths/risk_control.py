"""Conformal risk control [angelopoulos2024]: the least careful setting with a bounded mean loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.maths.quantiles import conformal_quantile

ROUNDING = 1e-12  # a sum of n losses may miss alpha by its last bits
HALVINGS = 60


def corrected_risk(losses: ArrayLike, bound: float = 1.0) -> NDArray[np.floating[Any]]:
    """Mean loss of n items and of one more at its worst, `bound`: [n, ...] -> [...].

    Raises:
        ValueError: no axis of items, a NaN, or a loss above the bound.
    """
    array = np.asarray(losses, dtype=np.float64)
    if not array.ndim:
        raise ValueError(f"losses of n items needed, [n] or [n, L], got the number {array}")
    if np.isnan(array).any():
        raise ValueError(f"{np.isnan(array).sum()} NaN among the losses; an item has one or is out")
    if array.size and array.max() > bound:
        raise ValueError(f"a loss of {array.max()} is above the bound {bound}; give a larger bound")
    return (array.sum(axis=0) + bound) / (len(array) + 1)


def first_safe(losses: ArrayLike, alpha: float, bound: float = 1.0) -> int:
    """The first of L settings whose corrected risk is at most alpha; L where none is: [n, L].

    Settings are ordered from the least to the most careful. For n + 1 exchangeable items whose
    losses never rise along L, the mean loss of the next one there is at most alpha.

    Raises:
        ValueError: no [n, L], or a loss that rises.
    """
    array = np.asarray(losses, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(f"losses [n, L] needed, got shape {array.shape}")
    if (np.diff(array, axis=1) > 0).any():
        raise ValueError(
            "a loss rises with a more careful setting, which voids the promise; order the "
            "settings, or take the largest loss from each on"
        )
    safe = np.flatnonzero(corrected_risk(array, bound) <= alpha + ROUNDING)
    return int(safe[0]) if len(safe) else array.shape[1]


def least_safe(
    loss: Callable[[float], ArrayLike],
    alpha: float,
    bound: float = 1.0,
    *,
    low: float,
    high: float,
) -> float:
    """The least setting in [low, high] whose corrected risk is at most alpha, by bisection.

    `loss` gives the losses [n] at a setting, none of which may rise with it. What is found is safe
    and at most (high - low) / 2^60 above the least; infinite where even `high` is not safe.
    """

    def safe(setting: float) -> bool:
        return bool(corrected_risk(np.ravel(loss(setting)), bound) <= alpha + ROUNDING)

    if not safe(high):
        return np.inf
    if safe(low):
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if safe(middle) else (middle, high)
    return high


def safe_threshold(breaks: ArrayLike, alpha: float) -> float:
    """The largest t such that the next item breaks below t with probability at most alpha: [n].

    The loss of an item is 1 where its break lies strictly below t, else 0; an infinite break is
    none. It is the floor((n + 1) alpha)-th smallest break, what `first_safe` finds on the grid of
    all thresholds; -inf where (n + 1) alpha < 1. Without ties the probability is
    floor((n + 1) alpha) / (n + 1).

    Raises:
        ValueError: alpha outside (0, 1), or a NaN.
    """
    return -float(conformal_quantile(-np.asarray(breaks, dtype=np.float64), alpha))
