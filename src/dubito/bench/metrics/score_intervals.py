"""Do intervals around a score say where it errs? The measures of [glushkova2021]."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats
from dubito.maths.gaussian_intervals import gaussian_loss, miscoverage, reached_at


class IntervalScores(NamedTuple):
    """Of n forecasts with mean and spread; lower is better but for the correlations."""

    ups: float  # correlation of |error| and spread in [-1, 1]; NaN for a constant spread
    pps: float  # correlation of mean and truth in [-1, 1]
    ece: float  # mean distance of coverage and level in [0, 1]
    worst: float  # the greatest of them
    sharpness: float  # mean squared spread
    nll: float  # mean -log density, nats
    ence: float  # >= 0, see `ence`
    left_out: int  # rows with a NaN


def interval_scores(
    mean: ArrayLike, spread: ArrayLike, truth: ArrayLike, *, bins: int = 100
) -> IntervalScores:
    """All of them, for mean [n], spread [n] >= 0 and truth [n]; rows with a NaN are left out.

    Raises:
        ValueError: unequal shapes, a spread below 0, or no row without a NaN.
    """
    rows = np.array(np.broadcast_arrays(*(np.asarray(x, float) for x in (mean, spread, truth))))
    known = ~np.isnan(rows).any(axis=0)
    if rows.ndim != 2 or not known.any() or (rows[1] < 0).any():
        raise ValueError(
            f"mean, spread >= 0 and truth of at least one row needed, got {known.sum()} complete "
            f"of shape {known.shape} and least spread {rows[1].min(initial=0)}"
        )
    m, s, q = rows[:, known]
    off = miscoverage(reached_at(q - m, s))
    return IntervalScores(
        ups=correlation(np.abs(q - m), s),
        pps=correlation(m, q),
        ece=off.mean,
        worst=off.worst,
        sharpness=float((s**2).mean()),
        nll=gaussian_loss(q - m, s),
        ence=ence(q - m, s, bins=bins),
        left_out=int((~known).sum()),
    )


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's, in [-1, 1]; NaN where one is constant."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def ence(error: ArrayLike, spread: ArrayLike, *, bins: int = 100) -> float:
    """Mean over bins of like spread of |RMV - RMSE| / RMV, >= 0, lower is better.

    RMV is the root mean squared spread of a bin, RMSE that of its errors. Up to `bins` bins of
    about n / bins forecasts, the smallest spread first; infinite where a bin's spreads are all 0.
    """
    e, s = np.asarray(error, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    if bins < 1 or not len(e):
        raise ValueError(f"at least one bin and one forecast needed, got {bins} and {len(e)}")
    order = np.argsort(s, kind="stable")
    parts = np.array_split(order, min(bins, len(e)))
    rmv = np.array([np.sqrt((s[p] ** 2).mean()) for p in parts])
    rmse = np.array([np.sqrt((e[p] ** 2).mean()) for p in parts])
    if (rmv == 0).any():
        return math.inf
    return float((np.abs(rmv - rmse) / rmv).mean())
