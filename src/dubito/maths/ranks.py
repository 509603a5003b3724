"""Ranks with ties shared, and the correlation of two rankings [spearman1904]."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def midranks(values: ArrayLike) -> NDArray[np.floating[Any]]:
    """Rank of each of N values, [N] in 1..N, the smallest first; equal values share the mean rank.

    Raises:
        ValueError: a NaN, which has no rank.
    """
    array = np.asarray(values, dtype=np.float64)  # [N]
    if np.isnan(array).any():
        raise ValueError(
            f"{np.isnan(array).sum()} NaN among the values; leave them out and count them"
        )
    _, group, size = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(size)  # rank of the last one of each group
    return (last - (size - 1) / 2)[group]


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Correlation of the midranks, in [-1, 1]: 1 when both put the N values in the same order.

    NaN where one of them is constant or N < 2: nothing is ordered then.
    """
    a, b = midranks(first), midranks(second)
    if len(a) != len(b):
        raise ValueError(
            f"two rankings of the same things needed, got {len(a)} and {len(b)} values"
        )
    if len(a) < 2:
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    norm = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / norm if norm else math.nan
