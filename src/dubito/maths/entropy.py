"""Entropies, divergences and log-sum-exp tools over log-probabilities, all in nats."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from dubito.maths.arrays import Floats

SUM_TOLERANCE = 1e-3  # log-probabilities may come from half precision or rounded JSON
ROUNDING = 1e-6  # mass that float32 cannot tell from none


class Bounds(NamedTuple):
    """What a truncated measurement leaves open."""

    lower: Floats  # [T]
    upper: Floats  # [T]


def logsumexp(logs: Floats, axis: int = -1, *, keepdims: bool = False) -> Floats:
    """Log of the sum of exponentials along the axis; NaN gives NaN, nothing gives -inf."""
    with np.errstate(invalid="ignore"):  # numpy warns of each NaN that it passes on
        return np.logaddexp.reduce(logs, axis=axis, keepdims=keepdims)


def log_normalise(logweights: ArrayLike, axis: int = -1) -> Floats:
    """Log-probabilities of weights given by their logs; NaN stays NaN.

    Raises:
        ValueError: all weights along the axis are 0, or one is infinite.
    """
    logs = np.asarray(logweights, dtype=np.float64)
    total = logsumexp(logs, axis, keepdims=True)
    if np.isinf(total).any():
        raise ValueError(f"cannot normalise weights that sum to exp({np.ravel(total)[0]}): {logs}")
    return logs - total


def group_logsumexp(logweights: ArrayLike, groups: ArrayLike) -> Floats:
    """Log of each group's total weight: [K], [K] whole numbers -> [M], in rising group order."""
    logs = np.asarray(logweights, dtype=np.float64)  # [K]
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if members.shape != logs.shape:
        raise ValueError(f"{logs.shape} weights and {members.shape} groups: give one group each")
    return logsumexp(np.where(members == np.arange(len(names))[:, None], logs, -np.inf))  # [M]


def entropy(logp: ArrayLike) -> Floats:
    """Shannon entropy in [0, log V] of each distribution: [..., V] -> [...]; NaN stays NaN.

    Raises:
        ValueError: the probabilities do not sum to 1; `log_normalise` them first.
    """
    logs, p = distribution(logp)
    return at_least_zero(-(p * np.where(p == 0, 0.0, logs)).sum(axis=-1))


def kl(logp: ArrayLike, logq: ArrayLike) -> Floats:
    """Kullback-Leibler divergence KL(p || q) >= 0: [..., V], [..., V] -> [...].

    Infinite where q excludes something that p allows.
    """
    (logs, p), (other, _) = distribution(logp), distribution(logq)
    impossible = p == 0
    gap = np.where(impossible, 0.0, logs) - np.where(impossible, 0.0, other)
    return at_least_zero((p * gap).sum(axis=-1))


def jensen_shannon(logp: ArrayLike, logq: ArrayLike) -> Floats:
    """Jensen-Shannon divergence in [0, log 2], symmetric: [..., V], [..., V] -> [...]."""
    middle = logsumexp(np.stack(np.broadcast_arrays(logp, logq), axis=-1)) - math.log(2)
    return (kl(logp, middle) + kl(logq, middle)) / 2


def renyi_entropy(logp: ArrayLike, order: float) -> Floats:
    """Renyi entropy in [0, log V], falling in the order >= 0: [..., V] -> [...].

    Order 0 is the log of the support's size, 1 is Shannon's entropy, infinity is -log max p.
    """
    if not order >= 0:
        raise ValueError(f"order must be at least 0, got {order}")
    logs, p = distribution(logp)
    if order == 1:
        return entropy(logs)
    if math.isinf(order):
        return at_least_zero(-logs.max(axis=-1))
    powers = np.where(p == 0, -np.inf, order * np.where(p == 0, 0.0, logs))
    return at_least_zero(logsumexp(powers) / (1 - order))


def renyi_divergence(logp: ArrayLike, logq: ArrayLike, order: float) -> Floats:
    """Renyi divergence D(p || q) >= 0, rising in the order > 0: [..., V], [..., V] -> [...].

    Order 1 is Kullback-Leibler. Infinite where p and q share nothing, and for orders from 1 on
    where q excludes something that p allows.
    """
    if not 0 < order < math.inf:
        raise ValueError(f"order must be above 0 and finite, got {order}")
    if order == 1:
        return kl(logp, logq)
    (logs, p), (other, _) = distribution(logp), distribution(logq)
    impossible = p == 0
    mixed = order * np.where(impossible, 0.0, logs) + (1 - order) * other
    shared = logsumexp(np.where(impossible, -np.inf, mixed))
    return at_least_zero(shared / (order - 1))


def fisher_rao(half: ArrayLike) -> Floats:
    """Fisher-Rao distance in [0, 1] of two distributions, (2 / pi) arccos sum sqrt(p q).

    Read from `half`, their Renyi divergence of order 1/2, since sum sqrt(p q) = exp(-half / 2).
    """
    overlap = np.exp(-np.asarray(half, dtype=np.float64) / 2)
    # arccos loses half of the digits near 1, where confident tokens and uniform ones meet.
    rest = np.sqrt(-np.expm1(-np.asarray(half, dtype=np.float64)))
    return 2 / math.pi * np.arctan2(rest, overlap)


def truncated_entropy_bounds(logprobs: ArrayLike, vocabulary: int | None = None) -> Bounds:
    """The least and the greatest entropy that the k likeliest tokens allow: [T, k] -> [T], [T].

    No unseen token is likelier than the k-th. So the missing mass weighs least in chunks of the
    k-th probability and most when it is spread evenly over the V - k unseen tokens; the upper
    bound is infinite where mass is missing and V is unknown. Entries of -inf were not returned.

    Raises:
        ValueError: NaN, probabilities that sum to more than 1, or a rest that cannot fit in V.
    """
    p, missing = known_mass(logprobs)  # [T, k], [T]
    listed = (p > 0).sum(axis=-1)
    unseen = np.full(len(p), np.inf) if vocabulary is None else vocabulary - listed
    likeliest = np.where(p > 0, p, 1.0).min(axis=-1, initial=1.0)  # [T] of an unseen token
    room = unseen * likeliest
    misfit = (missing > room + SUM_TOLERANCE) | (unseen < 0)
    if misfit.any():
        t = int(misfit.argmax())
        raise ValueError(
            f"token {t}: {listed[t]} listed tokens leave mass {missing[t]:.6f}, more than a "
            f"vocabulary of {vocabulary} can hold; give the vocabulary's true size"
        )
    missing = np.minimum(missing, room)
    seen = entr(p).sum(axis=-1)
    chunks = np.floor(missing / likeliest)
    rest = np.maximum(missing - chunks * likeliest, 0.0)
    lower = seen + chunks * entr(likeliest) + entr(rest)
    return Bounds(lower, np.maximum(seen + spread_entropy(missing, unseen), lower))


def known_mass(logprobs: ArrayLike) -> tuple[Floats, Floats]:
    """Probabilities [T, k] and the mass in [0, 1] that they leave out [T], checked."""
    p = np.exp(np.asarray(logprobs, dtype=np.float64))
    total = p.sum(axis=-1)
    if not (total <= 1 + SUM_TOLERANCE).all():  # NaN fails too
        t = int(np.argmin(total <= 1 + SUM_TOLERANCE))
        raise ValueError(f"token {t}: probabilities sum to {total[t]}; give log-probabilities")
    missing = 1 - total
    return p, np.where(missing > ROUNDING, missing, 0.0)


def spread_entropy(mass: Floats, tokens: Floats) -> Floats:
    """What mass [T], spread evenly over so many tokens [T], adds to an entropy; 0 for no mass."""
    share = np.divide(mass, tokens, out=np.ones_like(mass), where=mass > 0)
    with np.errstate(divide="ignore"):  # an endless vocabulary: share 0, entropy infinite
        return np.abs(mass * np.log(share))


def distribution(logp: ArrayLike) -> tuple[Floats, Floats]:
    """Log-probabilities and probabilities in float64, which sum to 1 along the last axis."""
    logs = np.asarray(logp, dtype=np.float64)
    p = np.exp(logs)
    total = p.sum(axis=-1)
    if (np.abs(total - 1) > SUM_TOLERANCE).any():
        worst = np.ravel(total)[np.nanargmax(np.abs(np.ravel(total) - 1))]
        raise ValueError(f"probabilities sum to {worst}, not 1: apply log_normalise first")
    return logs, p


def at_least_zero(value: Floats) -> Floats:
    """The value without the negative dust of rounding; NaN stays NaN."""
    return np.maximum(value, 0.0)
