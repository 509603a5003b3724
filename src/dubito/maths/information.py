"""Mutual information between an outcome and what is not known of its distribution, in nats."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, entr

from dubito.maths.arrays import Floats


def ensemble_information(p: ArrayLike) -> Floats:
    """Entropy of the members' mean less their mean entropy: [E, ..., C] -> [...], in [0, log E].

    0 where all E members agree, however spread their common distribution is [houlsby2011].
    """
    members = np.asarray(p, dtype=np.float64)  # [E, ..., C]
    mixed = entr(members.mean(axis=0)).sum(axis=-1)
    return np.maximum(mixed - entr(members).sum(axis=-1).mean(axis=0), 0.0)


def dirichlet_information(alpha: ArrayLike) -> Floats:
    """The same of all members of a Dirichlet with concentrations alpha: [..., C] -> [...], >= 0.

    Exact, by digamma functions [malinin2018]; it falls to 0 as evidence (the sum of alpha) grows.
    """
    weights = np.asarray(alpha, dtype=np.float64)
    if not (weights > 0).all():
        raise ValueError(f"concentrations must be above 0, got {weights.min()}")
    total = weights.sum(axis=-1, keepdims=True)
    mean = weights / total
    expected = -(mean * (digamma(weights + 1) - digamma(total + 1))).sum(axis=-1)
    return np.maximum(entr(mean).sum(axis=-1) - expected, 0.0)
