"""Several reasoned answers to each question, of which one has to be picked."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Floats, Integers, Sequence

VALUES = 3  # wrong values that wrong answers pile up on; the right value is 0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Q questions with N drawn answers each; `value` is what an answer comes to, 0 is right.

    Evidence [q][n] has answer n of question q as its answer and no samples.
    """

    evidence: tuple[tuple[Evidence, ...], ...]  # Q of N
    value: Integers  # [Q, N]
    right: Flags  # [Q, N]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers and values; which are right is permuted over all of them."""
        right = rng.permutation(self.right.ravel()).reshape(self.right.shape)
        changes: dict[str, Any] = {"right": right}
        return replace(self, **changes)


def candidates(
    seed: int, *, questions: int = 300, each: int = 16, vocabulary: int = 50, steps: int = 8
) -> Candidates:
    """A step goes wrong with probability e ~ U(0.02, 0.35), the question's own.

    From the first error on, the next-token distributions are flatter: their peak is U(0.3, 0.9)
    instead of U(0.6, 0.97), and a flat Dirichlet shares the rest. An answer without an error comes
    to 0; the others pile up on three values with shares Dirichlet(0.5), so the majority is often
    wrong. Each token is drawn from its distribution.
    """
    rng = np.random.default_rng(seed)
    error = rng.uniform(0.02, 0.35, questions)
    slips = rng.uniform(size=(questions, each, steps)) < error[:, None, None]
    lost = np.maximum.accumulate(slips, axis=2)  # [Q, N, T] after the first error
    right = ~lost[:, :, -1]
    piles = rng.dirichlet(np.full(VALUES, 0.5), size=questions)  # [Q, VALUES]
    fallen = np.stack([1 + rng.choice(VALUES, size=each, p=p) for p in piles])  # [Q, N]
    peak = np.where(
        lost, rng.uniform(0.3, 0.9, lost.shape), rng.uniform(0.6, 0.97, lost.shape)
    )  # [Q, N, T]
    evidence = tuple(
        tuple(Evidence(f"question {q}", reasoned(p, vocabulary, rng)) for p in peak[q])
        for q in range(questions)
    )
    return Candidates(evidence, np.where(right, 0, fallen), right)


def reasoned(peak: Floats, vocabulary: int, rng: np.random.Generator) -> Sequence:
    """An answer whose next-token distributions have these peaks [T]; tokens are drawn from them."""
    rest = rng.dirichlet(np.ones(vocabulary - 1), size=len(peak))  # [T, V-1]
    p = np.column_stack([peak, (1 - peak)[:, None] * rest])  # [T, V]
    logp = np.log(np.maximum(p, 1e-12))
    drawn = (p.cumsum(axis=1) < rng.uniform(size=(len(peak), 1))).sum(axis=1)
    drawn = np.minimum(drawn, vocabulary - 1)
    words = tuple(f"w{token}" for token in drawn)
    return Sequence(
        " ".join(words),
        tokens=words,
        logprobs=logp[np.arange(len(peak)), drawn],
        entropies=-(p * logp).sum(axis=1),
        uniform_kl=-logp.mean(axis=1) - math.log(vocabulary),
        uniform_renyi=-2 * np.log(np.sqrt(p / vocabulary).sum(axis=1)),
    )
