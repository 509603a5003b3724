"""What refusing the most doubtful buys, as a share of what an oracle gains [malinin2021]."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]


def expected_wrong(doubt: ArrayLike, wrong: ArrayLike) -> Values:
    """Chance [N] that the k-th least doubtful is wrong, when equal doubts come in random order."""
    d, w = np.asarray(doubt, dtype=np.float64), np.asarray(wrong, dtype=np.float64)
    _, group, size = np.unique(d, return_inverse=True, return_counts=True)
    return np.repeat(np.bincount(group, weights=w, minlength=len(size)) / size, size)


def rejection_ratio(doubt: ArrayLike, wrong: ArrayLike, *, max_rejection: float = 1.0) -> float:
    """Area between random and doubt over area between random and oracle: 1 the oracle, 0 random.

    Areas are means over keeping N, N - 1, ... answers, floor(max_rejection N) values, of their
    share of right ones; equal doubts count as the mean over all their orders. NaN where an oracle
    gains nothing: one class only, or a single value.
    """
    w = np.asarray(wrong, dtype=np.float64)
    steps = int(max_rejection * len(w))
    if steps < 2 or w.all() or not w.any():
        return math.nan
    kept = np.arange(len(w) - steps + 1, len(w) + 1)

    def risk(expected: Values) -> float:
        return float((np.cumsum(expected)[-steps:] / kept).mean())

    possible = float(w.mean()) - risk(np.sort(w))
    return (float(w.mean()) - risk(expected_wrong(doubt, w))) / possible
