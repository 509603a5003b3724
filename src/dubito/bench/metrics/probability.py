"""Does a confidence mean what it says? Brier score, log-loss, calibration error [kumar2019]."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.bench.metrics.inputs import checked_confidence
from dubito.evidence import Floats
from dubito.maths.ranks import midranks


class Bins(NamedTuple):
    """Equal-mass bins of N answers, those that hold any, the least confident first."""

    size: Floats  # [B] answers in the bin
    confidence: Floats  # [B] mean
    accuracy: Floats  # [B] share that is right


def accuracy(right: ArrayLike) -> float:
    """Share of right answers, in [0, 1], higher is better; NaN for no answers."""
    values = np.asarray(right)
    return float(checked_confidence(values, values)[1].mean()) if values.size else math.nan


def brier(confidence: ArrayLike, right: ArrayLike) -> float:
    """Mean squared distance of confidence and outcome, in [0, 1], lower is better; NaN for none."""
    p, y = checked_confidence(confidence, right)
    return float(((p - y) ** 2).mean()) if len(p) else math.nan


def log_loss(confidence: ArrayLike, right: ArrayLike) -> float:
    """Mean -log probability of the outcome, nats >= 0, lower is better; NaN for no answers.

    Infinite where a confidence of exactly 0 or 1 was wrong: it is not clipped.
    """
    p, y = checked_confidence(confidence, right)
    if not len(p):
        return math.nan
    with np.errstate(divide="ignore"):
        return float(-np.log(np.where(y, p, 1 - p)).mean())


def equal_mass_bins(confidence: ArrayLike, right: ArrayLike, *, bins: int = 10) -> Bins:
    """Up to `bins` bins of about N / bins answers each; equal confidences share one bin."""
    if bins < 1:
        raise ValueError(f"at least one bin needed, got {bins}")
    p, y = checked_confidence(confidence, right)
    place = ((midranks(p) - 0.5) / max(len(p), 1) * bins).astype(int)  # [N] in 0..bins-1
    _, member, size = np.unique(place, return_inverse=True, return_counts=True)
    mean_p = np.bincount(member, weights=p, minlength=len(size)) / size
    mean_y = np.bincount(member, weights=y, minlength=len(size)) / size
    return Bins(size.astype(np.float64), mean_p, mean_y)


def ece(confidence: ArrayLike, right: ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error over equal-mass bins, in [0, 1], lower is better; NaN for none.

    It is biased upwards: a perfect confidence has about the noise of a bin's accuracy.
    """
    found = equal_mass_bins(confidence, right, bins=bins)
    gap = np.abs(found.confidence - found.accuracy)
    return float(np.average(gap, weights=found.size)) if len(gap) else math.nan


def calibration_error_squared(confidence: ArrayLike, right: ArrayLike, *, bins: int = 10) -> float:
    """Mean squared gap of confidence and accuracy over bins, without bias; lower is better.

    From each squared gap goes the variance of the bin's accuracy, a (1 - a) / (size - 1)
    [kumar2019], so it may fall below 0. Bins of one answer have no variance and are left out;
    NaN where that leaves none.

    Differs: equal confidences share a bin, so bins may be unequal.
    """
    found = equal_mass_bins(confidence, right, bins=bins)
    many = found.size > 1
    size, p, a = found.size[many], found.confidence[many], found.accuracy[many]
    if not len(size):
        return math.nan
    return float(np.average((p - a) ** 2 - a * (1 - a) / (size - 1), weights=size))


def ece_debiased(confidence: ArrayLike, right: ArrayLike, *, bins: int = 10) -> float:
    """Root of the debiased squared calibration error, in [0, 1], lower is better; NaN for none.

    In the unit of `ece`, but a root mean square, not a mean: larger errors weigh more. An
    estimate below 0 counts as 0 [kumar2019].
    """
    squared = calibration_error_squared(confidence, right, bins=bins)
    return math.sqrt(max(squared, 0.0)) if not math.isnan(squared) else math.nan
