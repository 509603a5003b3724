"""The split-point identity [zhao2025]: three mean errors of a right predictor must agree.

Let r = y - f(x), mean = E|r|, above = E[r | r > 0], below = E[-r | r < 0]. Where f(x) = E[y | x],
mean = 2 above below / (above + below). With exact means the two sides differ by
|E[r]| |above - below|: errors of one size on both sides hide any bias, and 0 proves nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats

NEAR_HALF = 0.05  # |1 - 2p| up to which a probability cannot be corrected


class MeanErrors(NamedTuple):
    """Mean size of the error at each x: of all, of those above and of those below f, [...] >= 0."""

    mean: Floats
    above: Floats
    below: Floats


def split_point_score(errors: MeanErrors) -> Floats:
    """|2 above below - mean (above + below)|, >= 0, in squared units of y; higher = more doubt."""
    mean, above, below = errors
    return np.abs(2 * above * below - mean * (above + below))


def relative_gap(errors: MeanErrors) -> Floats:
    """|mean - 2 above below / (above + below)| / mean, >= 0, without unit; NaN without errors."""
    mean, above, below = errors
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(mean - 2 * above * below / (above + below)) / mean


def widening(errors: MeanErrors, *, most: float = 5.0) -> tuple[Floats, Floats]:
    """Factors in [1, most] of an interval's upper and lower part; 1 where the identity holds.

    Each side is corrected to what the other two means say it should be; where they leave no
    positive value for it, the factor is `most`.
    """
    mean, above, below = errors
    return (
        held(mean * below, (2 * below - mean) * above, most),
        held(mean * above, (2 * above - mean) * below, most),
    )


def held(numerator: Floats, denominator: Floats, most: float) -> Floats:
    """The ratio held in [1, most]; `most` where the denominator is not positive; NaN stays NaN."""
    positive = ~(denominator <= 0)
    ratio = numerator / np.where(positive, denominator, 1.0)
    return np.where(positive, np.clip(ratio, 1.0, most), most)


def class_score(p: ArrayLike, error: ArrayLike) -> Floats:
    """sum_c |2 p_c (1 - p_c) - error_c|, >= 0: [..., K], [..., K] -> [...]; higher = more doubt.

    error_c is the mean of |1(class is c) - p_c|. Of a right p the means above and below are
    1 - p_c and p_c, and the identity leaves 2 p_c (1 - p_c) for it.
    """
    p, error = np.asarray(p, dtype=np.float64), np.asarray(error, dtype=np.float64)
    return np.abs(2 * p * (1 - p) - error).sum(axis=-1)


def corrected(p: ArrayLike, error: ArrayLike) -> Floats:
    """The probabilities [..., K] whose mean errors around p would be `error`, summing to 1.

    E|1(c) - p_c| = p_c + pi_c (1 - 2 p_c), solved for pi_c and held in [0, 1]; p_c itself near
    1/2, where the error does not depend on pi_c. Differs: the paper's code does not show its way.
    """
    p, error = np.asarray(p, dtype=np.float64), np.asarray(error, dtype=np.float64)
    slope = 1 - 2 * p
    usable = np.abs(slope) > NEAR_HALF
    found = np.clip((error - p) / np.where(usable, slope, 1.0), 0.0, 1.0)
    share = np.where(usable, found, p)  # [..., K]
    total = share.sum(axis=-1, keepdims=True)
    return np.where(total > 0, share / np.where(total > 0, total, 1.0), p)
