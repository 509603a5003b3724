"""Kendall's tau-b, the agreement of two rankings with ties, and its p-value [kendall1945]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class Agreement(NamedTuple):
    """How far two rankings agree."""

    tau: float  # in [-1, 1]; NaN where one of them is constant
    p: float  # two-sided, that rankings without any relation agree or disagree as much


def kendall(first: ArrayLike, second: ArrayLike) -> Agreement:
    """tau-b of N values and N others: 1 the same order, -1 the reverse.

    Raises:
        ValueError: unequal numbers of values, or a NaN, which has no rank.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two rankings of the same things needed, got {a.shape} and {b.shape}")
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("NaN among the values; leave them out and count them")
    if min(len(np.unique(a)), len(np.unique(b))) < 2:
        return Agreement(np.nan, np.nan)
    tau, p = np.array(tuple(stats.kendalltau(a, b)), dtype=np.float64)
    return Agreement(float(tau), float(p))
