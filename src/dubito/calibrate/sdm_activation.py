"""A softmax whose sharpness is earned by support in the training data [schmaltz2025]."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, softmax

from dubito.evidence import Floats


def sdm(logits: Floats, similarity: ArrayLike, nearness: ArrayLike) -> Floats:
    """Probabilities of K classes, rows of sum 1: logits [N, K], q >= 0 [N], d in [0, 1] [N].

    (2 + q)^(d z_i), normalised: the softmax for q = e - 2 and d = 1, uniform for d = 0.
    """
    return softmax(sharpness(similarity, nearness)[:, None] * logits, axis=-1)


def sharpness(similarity: ArrayLike, nearness: ArrayLike) -> Floats:
    """What the logits are multiplied by, d log(2 + q): [N], [N] -> [N], >= 0."""
    return np.asarray(nearness) * np.log(2 + np.asarray(similarity, dtype=np.float64))


def sdm_loss(
    logits: Floats, labels: ArrayLike, similarity: ArrayLike, nearness: ArrayLike
) -> Floats:
    """-log p of the true class to the base 2 + q, >= 0: [N, K], [N], [N], [N] -> [N].

    The base belongs to the loss: in nats, points with much support would weigh more.
    """
    logp = log_softmax(sharpness(similarity, nearness)[:, None] * logits, axis=-1)  # [N, K]
    chosen = np.take_along_axis(logp, np.asarray(labels)[:, None], axis=1)[:, 0]
    return -chosen / np.log(2 + np.asarray(similarity, dtype=np.float64))


def rescaled_similarity(similarity: ArrayLike, probability: ArrayLike) -> Floats:
    """min(q, (2 + q)^p) with p the probability of the predicted class: [N], [N] -> [N], >= 0."""
    q = np.asarray(similarity, dtype=np.float64)
    return np.minimum(q, (2 + q) ** np.asarray(probability))


def nearness(distance: ArrayLike, known: Sequence[Floats]) -> Floats:
    """Share of known points that lie no nearer, least over the classes: [N] -> [N] in [0, 1].

    `known` holds the sorted distances of each class. 1 is as near as any, 0 beyond all; a class
    without points gives 0 everywhere.
    """
    asked = np.asarray(distance, dtype=np.float64)
    shares = [
        1 - np.searchsorted(one, asked, side="left") / len(one) if len(one) else 0 * asked
        for one in known
    ]
    return np.min(shares, axis=0)


def dkw_error(n: ArrayLike, level: float) -> Floats:
    """Half-width in [0, 1] of the band around a distribution function of n draws [massart1990].

    sqrt(ln(2 / (1 - level)) / (2 n)), at most 1, and 1 where there are no draws.
    """
    draws = np.maximum(np.asarray(n, dtype=np.float64), 0)
    with np.errstate(divide="ignore"):
        return np.minimum(np.sqrt(np.log(2 / (1 - level)) / (2 * draws)), 1.0)
