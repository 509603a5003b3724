"""How far the nearest neighbours are, and who lies nearer than that: Euclidean, exact."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.maths.arrays import Floats, Integers

ROWS = 512  # points compared with all others at once
PAIRS = 2**14  # pairs whose distance is settled at once


def neighbour_distance(points: ArrayLike, k: int) -> Floats:
    """Distance of each point to its k-th nearest other point: [N, d] -> [N], >= 0.

    0 where a point has k copies. Products in single precision leave few candidates, for what
    they cannot tell apart is kept; those are settled in double precision.

    Raises:
        ValueError: k < 1, or no k other points; points that are not finite or no [N, d].
    """
    exact = checked(points)
    n, d = exact.shape
    if not 1 <= k < n:
        raise ValueError(f"k must be in 1 .. {n - 1} for {n} points, got {k}")
    centred = exact - exact.mean(axis=0)
    size = max(float(np.abs(centred).max()), np.finfo(np.float64).tiny)
    single = (centred / size).astype(np.float32)  # no square of it overflows
    square = (single * single).sum(axis=1)
    # Twice: of the two sides that are compared.
    doubtful = 2 * rounding(d, np.float32) * (square + square.max())
    kept = np.concatenate([single, np.ones((n, 1), np.float32)], axis=1)
    against = np.concatenate([-2 * single, square[:, None]], axis=1).T.copy()  # [d + 1, N]
    found = np.empty(n)
    for start in range(0, n, ROWS):
        rows = slice(start, min(start + ROWS, n))
        gap = kept[rows] @ against  # [R, N] squared distance less the row's own square
        near = gap <= (least_bound(gap, k + 1) + doubtful[rows])[:, None]
        found[rows] = settled(exact, start, near, k)
    return found


def least_bound(values: Floats, k: int) -> Floats:
    """A number in each row that at least k of its values do not exceed: [R, N] -> [R].

    The k-th least of the least in groups, which is quicker than that of all and little more.
    """
    n = values.shape[1]
    groups = min(n, max(4 * k, n // 32))
    deep = n // groups
    least = values[:, : groups * deep].reshape(len(values), deep, groups).min(axis=1)
    return np.partition(least, k - 1, axis=1)[:, k - 1]


def settled(points: Floats, start: int, near: NDArray[np.bool_], k: int) -> Floats:
    """The k-th least distance of each row to others among its candidates: [R, N] -> [R]."""
    row, column = np.divmod(np.flatnonzero(near), near.shape[1])
    other = column != row + start
    row, column = row[other], column[other]
    far = apart(points, row + start, points, column)
    first = np.searchsorted(row, np.arange(len(near)))
    return far[np.lexsort((far, row))][first + k - 1]


@dataclass(frozen=True, eq=False)
class Balls:
    """A ball around each of N points, with a radius of its own.

    What lies at that very distance is inside, up to rounding; so is the point itself.
    """

    points: Floats  # [N, d]
    radius: Floats  # [N]

    def __post_init__(self) -> None:
        """Refuse what is no ball."""
        if self.radius.shape != checked(self.points).shape[:1] or np.isnan(self.radius).any():
            told = f"{[*self.radius.shape]}, {int(np.isnan(self.radius).sum())} of them NaN"
            raise ValueError(f"a radius for each of {len(self.points)} points needed, got {told}")

    @cached_property
    def middle(self) -> Floats:
        """The mean of the points, [d]: less of a squared length cancels around it."""
        return self.points.mean(axis=0, dtype=np.float64)

    @cached_property
    def centred(self) -> Floats:
        """The points less their mean, [N, d]."""
        return self.points - self.middle

    @cached_property
    def square(self) -> Floats:
        """Their squared lengths, [N]."""
        return np.square(self.centred).sum(axis=1)

    def hold(self, others: ArrayLike) -> NDArray[np.bool_]:
        """Which balls hold which of L others: [L, d] -> [N, L]."""
        far = checked(others, least=0)
        if far.shape[1] != self.points.shape[1]:
            raise ValueError(f"others of width {self.points.shape[1]} needed, got {far.shape[1]}")
        centred = far - self.middle
        square = np.square(centred).sum(axis=1)  # [L]
        left = np.square(self.radius) - self.square
        gap = square - 2 * self.centred @ centred.T - left[:, None]  # [N, L] below 0 inside
        slack = rounding(far.shape[1], np.float64) * (self.square[:, None] + square)
        held = gap < -slack
        row, column = np.nonzero(np.abs(gap) <= slack)
        reach = self.radius[row] * (1 + 1e-12)
        held[row, column] = apart(self.points, row, far, column) <= reach
        return held

    def count(self, others: ArrayLike) -> Integers:
        """How many of L others each ball holds: [L, d] -> [N]."""
        far = checked(others, least=0)
        parts = [self.hold(far[i : i + ROWS]).sum(axis=1) for i in range(0, len(far), ROWS)]
        return np.stack(parts).sum(axis=0) if parts else np.zeros(len(self.points), dtype=int)


def rounding(d: int, dtype: type[np.floating[Any]]) -> float:
    """What a product of d terms may be off by, as a share of the squared lengths, with reserve."""
    return 4 * (d + 2) * float(np.finfo(dtype).eps)


def apart(points: Floats, row: Integers, others: Floats, column: Integers) -> Floats:
    """Distances of listed pairs, by their difference: nothing cancels; equal points give 0."""
    parts = [
        np.linalg.norm(points[row[i : i + PAIRS]] - others[column[i : i + PAIRS]], axis=1)
        for i in range(0, len(row), PAIRS)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def checked(points: ArrayLike, *, least: int = 1) -> Floats:
    """The points [N, d] in double precision."""
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2 or len(x) < least:
        raise ValueError(f"points [N, d] needed, at least {least}, got shape {[*x.shape]}")
    if not np.isfinite(x).all():
        raise ValueError(f"points must be finite, {int((~np.isfinite(x)).sum())} numbers are not")
    return x
