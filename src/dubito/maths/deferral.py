"""What handing the most doubtful cases on buys, and where to set the threshold [gupta2024].

A case has the quality `alone` by itself and `helped` with help, whatever that is: a larger model,
a retriever, a person. What has a doubt above a threshold is helped.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.maths.rejection import expected_wrong

Values = NDArray[np.float64]


class DeferralCurve(NamedTuple):
    """Quality of the mixture when the k most doubtful of N cases are helped, k = 0..N."""

    rate: Values  # [N + 1] k / N
    quality: Values  # [N + 1] from the mean of `alone` to the mean of `helped`


def deferral_curve(doubt: ArrayLike, alone: ArrayLike, helped: ArrayLike) -> DeferralCurve:
    """The curve of N >= 1 cases; equal doubts count as the mean over all their orders.

    Raises:
        ValueError: no case, arrays of unequal length, or a NaN.
    """
    d, own, other = cases(doubt, alone, helped)
    # The k-th least of -doubt: what helping the k-th most doubtful case is expected to gain.
    gains = expected_wrong(-d, other - own)
    quality = own.mean() + np.concatenate([[0.0], np.cumsum(gains)]) / len(d)
    return DeferralCurve(np.arange(len(d) + 1) / len(d), quality)


def area_under(curve: DeferralCurve) -> float:
    """Mean quality over all rates, by the trapezium rule (AUC-DF)."""
    return float((curve.quality[1:] + curve.quality[:-1]).mean() / 2)


def deferral_gain(doubt: ArrayLike, alone: ArrayLike, helped: ArrayLike) -> float:
    """Area above that of helping at random, in the unit of quality; below 0 where doubt misleads.

    Random help lies on the chord between the two means, so a constant doubt has 0.
    """
    curve = deferral_curve(doubt, alone, helped)
    return area_under(curve) - float(curve.quality[0] + curve.quality[-1]) / 2


def threshold_at_rate(doubt: ArrayLike, rate: float) -> float:
    """The threshold above which the share of doubts is nearest to `rate`.

    Equal doubts are helped together, so a share may not be there; of two that are as near, the
    smaller. -inf where all are to be helped. Falls as the rate rises.

    Raises:
        ValueError: no doubt, a NaN, or a rate outside [0, 1].
    """
    (d,) = cases(doubt)
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate lies in [0, 1], got {rate}")
    thresholds, share = shares_above(d)
    distance = np.abs(share - rate).round(12)
    return float(thresholds[np.flatnonzero(distance == distance.min())[-1]])


def threshold_within(
    doubt: ArrayLike, alone: ArrayLike, helped: ArrayLike, *, tolerance: float
) -> float:
    """The largest threshold whose quality is at most `tolerance` below that of helping always.

    So the least help that will do; -inf, always, will do in any case.

    Raises:
        ValueError: no case, arrays of unequal length, a NaN, or a tolerance below 0.
    """
    d, own, other = cases(doubt, alone, helped)
    if not tolerance >= 0:
        raise ValueError(f"a tolerance is at least 0, got {tolerance}")
    thresholds, _ = shares_above(d)
    quality = np.array([np.where(d > t, other, own).mean() for t in thresholds])
    return float(thresholds[quality >= other.mean() - tolerance - 1e-12].max())


def shares_above(doubt: Values) -> tuple[Values, Values]:
    """The thresholds that differ in what they help, rising, and the share that each does help."""
    thresholds = np.concatenate([[-math.inf], np.unique(doubt)])
    above = len(doubt) - np.searchsorted(np.sort(doubt), thresholds, side="right")
    return thresholds, above / len(doubt)


def cases(*columns: ArrayLike) -> list[Values]:
    """The columns [N] in float64, checked."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    shape = arrays[0].shape
    if len(shape) != 1 or not shape[0] or any(a.shape != shape for a in arrays):
        raise ValueError(
            f"one value for each of N >= 1 cases needed, got shapes {[a.shape for a in arrays]}"
        )
    missing = sum(int(np.isnan(a).sum()) for a in arrays)
    if missing:
        raise ValueError(f"{missing} NaN among the values; leave these cases out and count them")
    return arrays
