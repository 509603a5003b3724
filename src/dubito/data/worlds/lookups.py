"""Questions that are known by heart, found in one retrieval, or found in several only."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.data.worlds.two_hop import sentences
from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Floats, Integers

ANSWERS = 10  # of which 0 is the right one
KINDS = (0.45, 0.35, 0.20)  # known, unknown, of several hops
STEPS = (0, 1, 3)  # retrievals of the three modes
SINGLE = (0.72, 0.85, 0.20)  # a single retrieval succeeds, by kind; it distracts from the known
MULTI = (0.68, 0.82, 0.75)


@dataclass(frozen=True, eq=False)
class Lookups:
    """N questions with a greedy answer and K samples each, and what the three modes give."""

    evidence: tuple[Evidence, ...]  # N
    kind: Integers  # [N] 0 known, 1 unknown, 2 of several hops
    right: Flags  # [N, 3] alone, after one retrieval, after several

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each question gets another's truth."""
        order = rng.permutation(len(self.kind))
        changes: dict[str, Any] = {"kind": self.kind[order], "right": self.right[order]}
        return replace(self, **changes)


def lookups(seed: int, *, questions: int = 600, samples: int = 10) -> Lookups:
    """Answers 0 to 9 are drawn by kind: 0.92 on the right one and the rest flat; 0.12, 0.45 and
    0.20 on the right and two wrong ones and the rest flat; uniform.

    Alone, the answer is the one that was drawn most often, the first drawn of equals. Retrieval
    succeeds with the probabilities of `SINGLE` and `MULTI`.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, size=questions, p=KINDS)
    law = laws()
    said = np.stack([rng.choice(ANSWERS, size=1 + samples, p=law[k]) for k in kind])  # [N, 1 + K]
    vectors = unit(rng.normal(size=(ANSWERS, 32)))
    right = np.column_stack(
        [
            [most_drawn(row[1:]) == 0 for row in said],
            rng.uniform(size=questions) < np.array(SINGLE)[kind],
            rng.uniform(size=questions) < np.array(MULTI)[kind],
        ]
    )
    return Lookups(tuple(sentences(row, vectors[row]) for row in said), kind, right)


def laws() -> Floats:
    """Probability of each answer for each kind, [3, 10]."""
    return np.array(
        [
            [0.92, *[0.08 / 9] * 9],
            [0.12, 0.45, 0.20, *[0.23 / 7] * 7],
            [0.1] * 10,
        ]
    )


def most_drawn(answers: Integers) -> int:
    """The most frequent, the first drawn of equally frequent ones: [K] -> one of them."""
    drawn = answers.tolist()
    return max(drawn, key=drawn.count)
