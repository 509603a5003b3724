"""What a model of pairs of answers tells of its own ignorance [johnson2024].

p1 = p(y | x) is the probability of an answer, p2 = p(y | x, y) that of the same answer once it
was shown. If pairs are predicted with calibration, p1 is the mean and p1 p2 the mean square of
the true p(y | x) over all x that the model cannot tell apart. All else follows.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats


def pair_covariance(first: ArrayLike, second: ArrayLike) -> Floats:
    """Covariance of the true probabilities of y and y': [..., V], [..., V, V] -> [..., V, V].

    `second` holds p(y' | x, y), y its row. Rows sum to 0; symmetric where the joint is.

    Raises:
        ValueError: values outside [0, 1], or of shapes that do not fit.
    """
    p, after = probabilities(first), probabilities(second)
    if after.shape != (*p.shape, p.shape[-1]):
        raise ValueError(f"[..., V] and [..., V, V] needed, got {p.shape} and {after.shape}")
    return p[..., None] * (after - p[..., None, :])


def pair_variance(p1: ArrayLike, p2: ArrayLike) -> Floats:
    """Variance of the true probability of an answer: p1 (p2 - p1), [...], [...] -> [...].

    In [-1/4, 1/4]; higher = less is known. Below 0 only by error of the model: average first, then
    clip. It leaves out what is random in itself: a coin that is known to be fair has 0.
    """
    first, second = probabilities(p1), probabilities(p2)
    return first * (second - first)


def pair_confidence(p1: ArrayLike, p2: ArrayLike) -> Floats:
    """p1 / p2 in [0, 1], at most 1; higher = surer that the answer is possible at all.

    By Cauchy-Schwarz an answer has true probability 0 with a chance of at most 1 less this, on
    average over all x. 0 where the answer itself has probability 0.
    """
    first, second = probabilities(p1), probabilities(p2)
    least = np.maximum(first, second)
    return np.divide(first, least, out=np.zeros_like(least), where=least > 0)


def log_pair_confidence(log_p1: ArrayLike, log_p2: ArrayLike) -> Floats:
    """log of `pair_confidence`, at most 0, of whole texts too long for their probabilities."""
    first = np.asarray(log_p1, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # -inf less -inf
        gap = np.minimum(first - np.asarray(log_p2, dtype=np.float64), 0.0)
    return np.where(first == -np.inf, -np.inf, gap)


def half_width(variance: ArrayLike, *, delta: float, excess: float = 0.0) -> Floats:
    """t such that |true p - p1| <= t but for a chance of at most `delta`: [...] -> [...], >= 0.

    Chebyshev's, over all x that the model cannot tell apart. `excess` >= 0 is by how much the
    squared error of held-out pairs is above the variance, for a model that is not calibrated.

    Raises:
        ValueError: delta outside (0, 1], or a negative excess.
    """
    refuse_share(delta, "delta")
    if not excess >= 0:
        raise ValueError(f"excess must be at least 0, got {excess}")
    return np.sqrt((np.maximum(variance, 0.0) + excess) / delta)


def one_sided_width(variance: ArrayLike, *, delta: float) -> Floats:
    """t such that true p > p1 - t but for a chance of at most `delta`: [...] -> [...], >= 0.

    Cantelli's, never wider than `half_width`.
    """
    refuse_share(delta, "delta")
    return np.sqrt(np.maximum(variance, 0.0) * (1 - delta) / delta)


def squared_error(p: ArrayLike, hit: ArrayLike, other_hit: ArrayLike) -> Floats:
    """Unbiased (true p - p)^2 from two independent answers to the same question: [...] -> [...].

    `hit` and `other_hit` say whether the one and the other are the answer that p is of. A single
    value may be negative; the mean is E[(true p - p)^2].
    """
    guess = probabilities(p)
    return (np.asarray(hit, dtype=np.float64) - guess) * (
        np.asarray(other_hit, dtype=np.float64) - guess
    )


def second_order_calibration_error(
    variance: ArrayLike, errors: ArrayLike, *, bins: int = 10
) -> float:
    """Mean gap >= 0 between told variance and squared error over bins of equal count: [N], [N].

    0 = the variance is the squared error, wherever it is small and wherever it is large.
    """
    told, seen = np.asarray(variance, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if told.shape != seen.shape or not 1 <= bins <= len(told):
        raise ValueError(
            f"{bins} bins need as many variances and errors, got {told.shape} and {seen.shape}"
        )
    groups = np.array_split(np.argsort(told, kind="stable"), bins)
    gaps = [len(g) * abs(told[g].mean() - seen[g].mean()) for g in groups]
    return float(np.sum(gaps) / len(told))


def symmetric_pairs(logits: ArrayLike) -> Floats:
    """Joint law of two exchangeable answers from a table [..., V, V]: softmax of (T + T') / 2."""
    table = np.asarray(logits, dtype=np.float64)
    even = (table + table.swapaxes(-1, -2)) / 2
    weights = np.exp(even - even.max(axis=(-1, -2), keepdims=True))
    return weights / weights.sum(axis=(-1, -2), keepdims=True)


def likeliest_known(p1: ArrayLike, p2: ArrayLike, *, beta: float) -> int | None:
    """Which of C candidates to answer with: the likeliest of confidence >= 1 - beta, or None.

    Answers given by this rule are made up at a rate of at most `beta`.
    """
    refuse_share(beta, "beta")
    first = probabilities(p1)  # [C]
    known = pair_confidence(first, p2) >= 1 - beta
    return int(np.where(known, first, -math.inf).argmax()) if known.any() else None


def probabilities(values: ArrayLike) -> Floats:
    """The values as float64, refused outside [0, 1]."""
    p = np.asarray(values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():  # NaN fails too
        raise ValueError(f"probabilities must lie in [0, 1], got {p}")
    return p


def refuse_share(value: float, name: str) -> None:
    """Raises ValueError for a rate outside (0, 1]."""
    if not 0 < value <= 1:
        raise ValueError(f"{name} must lie in (0, 1], got {value}")
