"""Doubt of an ensemble, split into what data cannot settle and what members dispute [malinin2021].

Members are models, or passes of one with dropout on. All in nats, higher = less trustworthy.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.entropy import at_least_zero, distribution, entropy, logsumexp


class EnsembleDoubts(NamedTuple):
    """Of each next-token distribution, [...].

    total = data + knowledge, and pairs = knowledge + reverse.
    """

    total: Floats  # entropy of the mean distribution, in [0, log V]
    data: Floats  # mean entropy of the members, in [0, total]
    knowledge: Floats  # mutual information: mean KL(member || mean), in [0, log M]
    pairs: Floats  # EPKL: mean KL(member || member) over all M^2 pairs, >= 0, may be infinite
    reverse: Floats  # reverse mutual information: mean KL(mean || member), >= 0, may be infinite


def mixture(logp: ArrayLike) -> Floats:
    """Log of the members' mean probability: [M, ...] -> [...]."""
    logs = np.asarray(logp, dtype=np.float64)
    if logs.ndim < 1 or not len(logs):
        raise ValueError(f"members come first, at least one of them; got shape {logs.shape}")
    return logsumexp(logs, axis=0) - math.log(len(logs))


def ensemble_doubts(logp: ArrayLike) -> EnsembleDoubts:
    """All five measures of M members' log-probabilities: [M, ..., V] -> [...].

    Raises:
        ValueError: probabilities of a member that do not sum to 1, or NaN.
    """
    logs, _ = distribution(logp)
    if np.isnan(logs).any():
        raise ValueError("NaN among the members' log-probabilities; collect them again")
    mean = mixture(logs)  # [..., V]
    p = np.exp(mean)
    total, data = entropy(mean), entropy(logs).mean(axis=0)
    # Mean surprise at draws of the mixture: infinite where a member excludes what another allows.
    surprise = -(p * np.where(p == 0, 0.0, logs.mean(axis=0))).sum(axis=-1)
    return EnsembleDoubts(
        total,
        data,
        at_least_zero(total - data),
        at_least_zero(surprise - data),
        at_least_zero(surprise - total),
    )
