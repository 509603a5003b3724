"""Embedded texts of clear and of ambiguous questions."""

import math

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Sequence

APART = 0.55  # distance of an ambiguous question's centres from its topic's direction


def ambiguous(seed: int, *, items: int = 200, samples: int = 20, dimensions: int = 64) -> Answered:
    """Half of the items have one centre, half (`wrong`) 2 to 4, at 0.55 from a topic direction.

    `samples` texts of each item lie around its centres with noise whose length U(0.15, 0.30) is
    the item's own, so that loose wording looks like ambiguity in every direction. The answer is
    one more text of the same item.
    """
    rng = np.random.default_rng(seed)
    wrong = np.arange(items) % 2 == 1
    topics = unit(rng.normal(size=(items, dimensions)))
    evidence = []
    for i, unclear in enumerate(wrong):
        readings = int(rng.integers(2, 5)) if unclear else 1
        centres = topics[i] + APART * unit(rng.normal(size=(readings, dimensions)))
        which = rng.integers(readings, size=1 + samples)
        noise = rng.normal(size=(1 + samples, dimensions))
        noise *= rng.uniform(0.15, 0.30) / math.sqrt(dimensions)
        evidence.append(embedded(unit(unit(centres)[which] + noise)))
    return Answered(tuple(evidence), wrong)


def even_spread(
    seed: int, *, items: int = 200, samples: int = 20, dimensions: int = 64
) -> Answered:
    """Items of the same mean pairwise cosine, spread along 1 direction or (`wrong`) 4.

    Text j is unit(centre + 0.5 * x_j) with sum_j x_j = 0 and |x_j| = 1: the mean cosine is the
    same whichever way the x_j point; only the volume tells the two kinds apart.
    """
    rng = np.random.default_rng(seed)
    wrong = np.arange(items) % 2 == 1
    evidence = []
    for wide in wrong:
        basis = np.linalg.qr(rng.normal(size=(dimensions, 5)))[0].T  # [5, d] orthonormal
        axis = np.arange(samples) // 2 % 4 if wide else np.zeros(samples, dtype=np.int64)
        sign = np.where(np.arange(samples) % 2 == 0, 1.0, -1.0)
        texts = basis[0] + 0.5 * sign[:, None] * basis[1 + axis]  # [K, d]
        noise = rng.normal(size=texts.shape) * 0.05 / math.sqrt(dimensions)
        texts = unit(texts + noise)
        evidence.append(embedded(np.concatenate([basis[:1], texts])))
    return Answered(tuple(evidence), wrong)


def embedded(rows: Floats) -> Evidence:
    """Evidence of texts that are known by their embeddings [1 + K, d] alone."""
    said = [Sequence(f"text {j}") for j in range(len(rows))]
    return Evidence("?", said[0], tuple(said[1:]), embeddings=rows)
