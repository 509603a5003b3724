"""Answers that differ in how specific they are, so that entailment leads one way."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence

LEAN = 0.3  # greatest difference of a direction from the pair's mean entailment


def specific(seed: int, *, questions: int = 300, samples: int = 10) -> Answered:
    """Vagueness v ~ U(0, 1): the answer is wrong with probability v.

    The mean entailment of two answers over both directions is U(0.3, 0.7) and knows nothing of
    right and wrong. Answers are ordered by how specific they are; from the more specific to the
    vaguer one entailment is higher than the mean by v * LEAN, the other way lower by as much.
    """
    rng = np.random.default_rng(seed)
    vagueness = rng.uniform(size=questions)
    evidence = tuple(ordered(v, samples, rng) for v in vagueness)
    return Answered(evidence, rng.uniform(size=questions) < vagueness)


def ordered(vagueness: float, samples: int, rng: np.random.Generator) -> Evidence:
    """The answers to one question, in no order."""
    n = 1 + samples
    half = np.tril(rng.uniform(0.3, 0.7, size=(n, n)), -1)
    rank = rng.permutation(n)
    lean = LEAN * vagueness * np.sign(rank[:, None] - rank)  # row is the more specific: above 0
    entailment = half + half.T + lean
    np.fill_diagonal(entailment, 1.0)
    said = [Sequence(f"answer {i}") for i in range(n)]
    return Evidence(
        "?",
        said[0],
        tuple(said[1:]),
        entailment=entailment,
        contradiction=(1 - entailment) / 2,
    )
