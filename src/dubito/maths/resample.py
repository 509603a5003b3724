"""Errors of a statistic: the jackknife and the percentile bootstrap [efron1993]."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Statistic = Callable[..., float]


def jackknife(leave_one_out: Sequence[float]) -> float:
    """Standard error >= 0 of a statistic, from its n values with one observation left out each.

    NaN where there are fewer than two values or one is not finite: no error is known then.
    """
    values = np.asarray(leave_one_out, dtype=np.float64)  # [n]
    if len(values) < 2 or not np.isfinite(values).all():
        return math.nan
    return float(np.sqrt((len(values) - 1) * values.var()))


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic and the ends of its confidence interval; all NaN where it is undefined."""

    estimate: float
    low: float
    high: float
    left_out: int = 0  # resamples on which the statistic was undefined


def bootstrap_interval(
    statistic: Statistic,
    *arrays: ArrayLike,
    resamples: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Interval:
    """The statistic of the arrays' n paired rows, between two percentiles of its resampled values.

    Rows are drawn with replacement, the same ones from every array. A resample on which the
    statistic is NaN (labels of one class) is left out and counted.

    Raises:
        ValueError: no array, arrays of unequal length, no resample, a level outside (0, 1).
    """
    columns = [np.asarray(array) for array in arrays]
    n = common_length(columns)
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(
            f"resamples must be at least 1 and level inside (0, 1), got {resamples} and {level}"
        )
    estimate = float(statistic(*columns)) if n else math.nan
    if math.isnan(estimate):
        return Interval(math.nan, math.nan, math.nan, resamples)
    rows = rng.integers(n, size=(resamples, n))
    values = np.array([statistic(*(column[r] for column in columns)) for r in rows])
    known = values[~np.isnan(values)]
    if not len(known):
        return Interval(estimate, math.nan, math.nan, resamples)
    ends = [(1 - level) / 2, (1 + level) / 2]
    # No interpolation: between two infinite values (a log-loss may be) it would be NaN.
    low, high = np.quantile(known, ends, method="inverted_cdf")
    return Interval(estimate, float(low), float(high), resamples - len(known))


def difference_interval(
    statistic: Statistic,
    first: ArrayLike,
    second: ArrayLike,
    *shared: ArrayLike,
    resamples: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Interval:
    """statistic(first, ...) - statistic(second, ...) over the same rows, with its paired interval.

    An interval above 0 says that the first has the higher value, beyond the choice of the rows.
    """

    def difference(one: ArrayLike, other: ArrayLike, *rest: ArrayLike) -> float:
        return statistic(one, *rest) - statistic(other, *rest)

    return bootstrap_interval(
        difference, first, second, *shared, resamples=resamples, level=level, rng=rng
    )


def common_length(columns: Sequence[np.ndarray]) -> int:
    """The number of rows that all the arrays have; ValueError where they differ."""
    lengths = {len(column) for column in columns}
    if len(lengths) != 1:
        raise ValueError(f"paired arrays need one common length, got {sorted(lengths)}")
    return lengths.pop()
