"""Metacognition tuning [steyvers2025]: how often an answer comes back, and which of two more so."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Floats, Integers


class Consistent(NamedTuple):
    """What K drawn answers to each of N questions agree on."""

    answer: Integers  # [N] which of them, in 0 .. K - 1, is the first of the most frequent kind
    share: Floats  # [N] of that kind, in [1 / K, 1]: the label of confidence
    entropy: Floats  # [N] of the kinds' shares, nats, in [0, log K]


class Compared(NamedTuple):
    """P pairs of questions, and which of the two has the more consistent answers."""

    first: Integers  # [P] rows
    second: Integers  # [P] rows
    first_is_surer: NDArray[np.bool_]  # [P]


def consistency(samples: ArrayLike) -> Consistent:
    """How K answers to each of N questions agree, [N, K]; equal entries mean the same.

    Entries are tokens, normalised strings, or numbers of meanings. Of kinds that are equally
    frequent the one drawn first counts. No reference is needed, so a mistake that is often
    repeated gets the label of knowledge.

    Raises:
        ValueError: no answers.
    """
    drawn = np.asarray(samples)
    if drawn.ndim != 2 or not drawn.size:
        raise ValueError(f"K answers to each of N questions are needed, got {drawn.shape}")
    same = drawn[:, :, None] == drawn[:, None, :]  # [N, K, K]
    often = same.mean(axis=2)  # [N, K] share of the kind of each answer
    answer = often.argmax(axis=1)
    # The mean over answers of -log of their kind's share is the sum over kinds of -s log s.
    return Consistent(answer, often.max(axis=1), -np.log(often).mean(axis=1))


def compared(confidence: ArrayLike, n: int, *, gap: float = 0.1, seed: int = 0) -> Compared:
    """n pairs of N questions whose confidences differ by at least `gap`, in random order.

    Questions that are equally consistent teach nothing about a choice and are never paired.

    Raises:
        ValueError: n below 1, a gap that is not above 0, or no two that far apart.
    """
    p = np.asarray(confidence, dtype=np.float64)
    least = gap - 1e-9  # .7 - .6 is a hair below .1
    if n < 1 or not gap > 0 or p.ndim != 1 or not np.ptp(p) >= least:
        raise ValueError(
            f"n must be at least 1, gap above 0 and two confidences that far apart, got n={n}, "
            f"gap={gap} and {p.tolist()}"
        )
    rng = np.random.default_rng(seed)
    rows = np.empty((0, 2), dtype=np.int64)
    while len(rows) < n:
        drawn = rng.integers(len(p), size=(2 * n, 2))
        rows = np.concatenate([rows, drawn[np.abs(p[drawn[:, 0]] - p[drawn[:, 1]]) >= least]])
    first, second = rows[:n].T
    return Compared(first, second, p[first] > p[second])
