"""Rows as directions: who is nearest in angle, and how well some rows are covered by others."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats, Integers

ROWS = 512  # rows compared with all others at once


def unit_rows(rows: ArrayLike) -> Floats:
    """The rows at length 1, [N, d] -> [N, d].

    Raises:
        ValueError: no rows [N, d], or one that has no direction.
    """
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"rows [N, d] needed, at least one, got shape {[*x.shape]}")
    lengths = np.linalg.norm(x, axis=1, keepdims=True)  # [N, 1]
    lost = ~(np.isfinite(lengths) & (lengths > 0))[:, 0]
    if lost.any():
        row = int(lost.argmax())
        raise ValueError(f"row {row} has no direction: its length is {lengths[row, 0]}")
    return x / lengths


def nearest_by_cosine(rows: ArrayLike, k: int, of: Integers) -> Integers:
    """The k other rows of highest cosine to each of Q rows of N, [N, d], [Q] -> [Q, k].

    Highest first; of equal ones the first. At unit length these are the nearest by Euclid, too.

    Raises:
        ValueError: no k other rows.
    """
    unit = unit_rows(rows)
    if not 0 <= k < len(unit):
        raise ValueError(f"k must be in 0 .. {len(unit) - 1} for {len(unit)} rows, got {k}")
    found = np.empty((len(of), k), dtype=int)
    for start in range(0, len(of), ROWS):
        asked = of[start : start + ROWS]
        cosine = unit[asked] @ unit.T  # [R, N]
        cosine[np.arange(len(asked)), asked] = -np.inf
        least = np.partition(cosine, -max(k, 1), axis=1)[:, -max(k, 1)]  # [R]
        for place, (row, bound) in enumerate(zip(cosine, least, strict=True), start):
            near = np.flatnonzero(row >= bound)
            found[place] = near[np.argsort(-row[near], kind="stable")[:k]]
    return found


def mean_best_cosine(covered: ArrayLike, by: ArrayLike) -> float:
    """Highest cosine of each of M rows to one of N others, averaged, in [-1, 1]: [M, d], [N, d].

    1 where each row has one of its own direction among the others. The order of the two counts.
    """
    return float((unit_rows(covered) @ unit_rows(by).T).max(axis=1).mean())
