"""Is there an effect in a sample of individuals, how large is it, and who has it?"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit
from scipy.stats import wilcoxon

from dubito.maths.arrays import Floats
from dubito.maths.ranks import spearman

NEGLIGIBLE = 0.2  # Cohen's d


class Effect(NamedTuple):
    """Of N individuals' values; `p` of several contrasts need a correction for their number."""

    mean: float
    low: float  # Student's 95% interval of the mean
    high: float
    size: float  # Cohen's d: mean over deviation
    p: float  # of Student's t against a mean of 0
    p_ranks: float  # of Wilcoxon's signed ranks, which mind no outlier
    share: float  # of individuals above 0

    @property
    def present(self) -> bool:
        """The mean differs from 0 and by more than a negligible size."""
        return (self.low > 0 or self.high < 0) and abs(self.size) > NEGLIGIBLE


def effect(values: ArrayLike) -> Effect:
    """Of one value an individual, [N]; where all are equal the size is infinite, or 0 at 0.

    Raises:
        ValueError: fewer than two, or one that is not finite.
    """
    x = np.asarray(values, dtype=np.float64)  # [N]
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"at least two finite values in one row needed, got {x.tolist()}")
    mean, deviation, freedom = float(x.mean()), float(x.std(ddof=1)), len(x) - 1
    size = mean / deviation if deviation else math.copysign(math.inf, mean) if mean else 0.0
    half = float(stdtrit(freedom, 0.975)) * deviation / math.sqrt(len(x))
    return Effect(
        mean=mean,
        low=mean - half,
        high=mean + half,
        size=size,
        p=2 * float(stdtr(freedom, -abs(size) * math.sqrt(len(x)))),
        p_ranks=float(tuple(wilcoxon(x))[1]) if x.any() else 1.0,
        share=float((x > 0).mean()),
    )


def paired_difference(first: ArrayLike, second: ArrayLike) -> Floats:
    """Mean of first less second over S paired stimuli: [N, S], [N, S] -> [N]."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"two tables [N, S] of one shape needed, got {a.shape} and {b.shape}")
    return (a - b).mean(axis=1)


def rank_correlations(scores: ArrayLike, rating: ArrayLike) -> Floats:
    """Spearman's correlation of each individual's scores with a rating: [N, S], [S] -> [N]."""
    return np.array([spearman(row, rating) for row in np.asarray(scores, dtype=np.float64)])


def mean_correlation(correlations: ArrayLike) -> float:
    """The correlation whose Fisher z is the mean of theirs, in (-1, 1): [N] -> one number.

    Correlations of exactly 1 count as 1 - 1e-7.
    """
    return math.tanh(float(fisher_z(correlations).mean()))


def fisher_z(correlations: ArrayLike) -> Floats:
    """artanh of each, [N]: about normal, so `effect` may be asked about it."""
    edge = 1 - 1e-7
    return np.arctanh(np.clip(np.asarray(correlations, dtype=np.float64), -edge, edge))


def outside(single: float, values: ArrayLike, *, level: float = 0.95) -> bool:
    """Does one model's value lie outside of the central part of the population's, [N]?"""
    low, high = np.quantile(
        np.asarray(values, dtype=np.float64), [(1 - level) / 2, (1 + level) / 2]
    )
    return not low <= single <= high
