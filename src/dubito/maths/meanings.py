"""Meanings from a judge of entailment: classes of answers, and how far apart two answers are."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats, Integers


def mutual_classes(entailment: ArrayLike, *, threshold: float = 0.5) -> Integers:
    """The meaning of each of K answers, 0, 1, ... in order of first appearance: [K, K] -> [K].

    Two answers share a meaning when each entails the other above the threshold, or when a chain
    of such pairs joins them (connected components), so the order of the answers does not matter.
    Above one half, entailment is what a judge of three labels holds for most likely.
    """
    entails = np.asarray(entailment, dtype=np.float64) > threshold
    together = entails & entails.T | np.eye(len(entails), dtype=bool)  # [K, K]
    earliest = np.arange(len(entails))  # [K] the first answer known to mean the same
    while True:
        earlier = np.where(together, earliest, len(earliest)).min(axis=1, initial=len(earliest))
        if (earlier == earliest).all():
            return np.unique(earliest, return_inverse=True)[1]
        earliest = earlier


def semantic_distance(entailment: ArrayLike, contradiction: ArrayLike) -> Floats:
    """P(contradiction) + P(neutral) / 2 in [0, 1], neutral being the rest: [...], [...] -> [...].

    The expected squared distance where entailment means 0, neutral 1/2 and contradiction 1.
    """
    entails, contradicts = np.asarray(entailment, np.float64), np.asarray(contradiction, np.float64)
    return (1 - entails + contradicts) / 2


def both_directions(judgement: ArrayLike) -> Floats:
    """The mean of the judgements of (a, b) and (b, a), a symmetric matrix: [K, K] -> [K, K]."""
    one_way = np.asarray(judgement, dtype=np.float64)
    return (one_way + one_way.T) / 2
