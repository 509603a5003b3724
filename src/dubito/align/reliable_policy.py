"""Variance-aware policies in closed form [banerjee2024]: over K answers whose rewards are noisy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.entropy import kl, log_normalise, logsumexp

HALVINGS = 80  # of an interval as wide as the rewards: to the last bit


class Moved(NamedTuple):
    """A policy over K answers, and how far it is from the one it came from."""

    logp: Floats  # [..., K] nats
    divergence: Floats  # [...] KL(policy || reference), nats


def variance_aware_policy(
    rewards: ArrayLike, variances: ArrayLike, reference: ArrayLike, *, beta: float | Floats
) -> Moved:
    """reference exp((reward - level) / (beta variance)), the level such that it sums to 1.

    Rewards, variances and reference log-probabilities [..., K], beta [...] -> `Moved`. The best
    policy for its mean reward less beta times the divergence from the reference, in which each
    answer's part weighs as much as its variance. Equal variances: the usual tilted policy. An
    infinite one: the answer keeps its probability. Shifted rewards change nothing.

    Differs: the paper's sketch centres the rewards and normalises afterwards. That is no optimum
    where variances differ: an answer that may not move would be moved by the normalisation.

    Raises:
        ValueError: variances or beta not above 0, or a reference that does not sum to 1.
    """
    r, v, logp = (np.asarray(x, dtype=np.float64) for x in (rewards, variances, reference))
    stiff = np.asarray(beta, dtype=np.float64)[..., None] * v  # [..., K]
    if not (stiff > 0).all() or not (v > 0).all():
        raise ValueError(f"variances and beta must be above 0, got {v.min()} and {np.min(beta)}")
    if not np.allclose(logsumexp(logp), 0, atol=1e-6):
        raise ValueError("reference must hold log-probabilities, whose exp sums to 1")
    # The sum falls with the level, and is at least 1 at the least reward, at most 1 at the best.
    low, high = r.min(axis=-1, keepdims=True), r.max(axis=-1, keepdims=True)
    low, high = (np.broadcast_to(x, (*stiff.shape[:-1], 1)) for x in (low, high))
    for _ in range(HALVINGS):
        level = (low + high) / 2
        above = logsumexp(logp + (r - level) / stiff, axis=-1, keepdims=True) > 0
        low, high = np.where(above, level, low), np.where(above, high, level)
    moved = logp + (r - (low + high) / 2) / stiff
    moved = log_normalise(moved)  # the last bit
    return Moved(moved, kl(moved, logp))


def variance_aware_step(rewards: ArrayLike, variances: ArrayLike) -> Floats:
    """Direction of the best step of a policy within an ellipsoid of the variances, summing to 0.

    [..., K] -> [..., K], of length 1: (reward - level) / variance. Equal variances: the rewards
    less their mean. With two answers it is (1, -1) whatever the variances; equal rewards: 0.
    The signs that a probability must have are not looked at; steps are to be small.

    Raises:
        ValueError: a variance that is not above 0.
    """
    r, v = np.asarray(rewards, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if not (v > 0).all():
        raise ValueError(f"variances must be above 0, got {v.min()}")
    level = (r / v).sum(axis=-1, keepdims=True) / (1 / v).sum(axis=-1, keepdims=True)
    step = (r - level) / v
    length = np.linalg.norm(step, axis=-1, keepdims=True)
    return np.divide(step, length, out=np.zeros_like(step), where=length > 0)
