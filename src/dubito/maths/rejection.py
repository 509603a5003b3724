"""What refusing the most doubtful buys, as a share of what an oracle gains [malinin2021]."""

import math

import numpy as np
from numpy.typing import ArrayLike


def rejection_ratio(doubt: ArrayLike, wrong: ArrayLike) -> float:
    """Area between random and doubt over area between random and oracle: 1 the oracle, 0 random.

    Areas are means over N, N - 1, ... 1 kept answers of their share of right ones; equal doubts
    count as the mean over all their orders. NaN where all answers are of one class.
    """
    d, w = np.asarray(doubt, dtype=np.float64), np.asarray(wrong, dtype=np.float64)
    _, group, size = np.unique(d, return_inverse=True, return_counts=True)
    expected = np.repeat(np.bincount(group, weights=w) / size, size)  # [N] least doubt first
    kept = np.arange(1, len(w) + 1)

    def risk(order: np.ndarray) -> float:
        return float((np.cumsum(order) / kept).mean())

    possible = float(w.mean()) - risk(np.sort(w))
    return (float(w.mean()) - risk(expected)) / possible if possible else math.nan
