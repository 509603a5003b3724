"""Answers in which several tokens would have been right at each position."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence, TopK

TAIL = 400  # tokens that share what the synonyms leave, evenly
LISTED = 20  # likeliest tokens that are recorded
LENGTH = 5


def synonyms(seed: int, *, questions: int = 400) -> Answered:
    """Knowledge c ~ U(0.2, 0.999): the answer is wrong with probability 1 - c.

    At each of 5 positions the right words hold mass Beta(20 c, 20 (1 - c)); 1 to 6 synonyms share
    it in parts that differ by at most a tenth, as many as the question leaves open, which has
    nothing to do with knowledge. 400 other tokens share the rest evenly. The answer takes the
    likeliest token.
    """
    rng = np.random.default_rng(seed)
    knowledge = rng.uniform(0.2, 0.999, questions)
    evidence = tuple(worded_freely(c, rng) for c in knowledge)
    return Answered(evidence, rng.uniform(size=questions) > knowledge)


def worded_freely(knowledge: float, rng: np.random.Generator) -> Evidence:
    """One answer of a model that knows so much."""
    likely = np.zeros((LENGTH, LISTED))
    ways = int(rng.integers(1, 7))
    for position in likely:
        mass = np.clip(rng.beta(20 * knowledge, 20 * (1 - knowledge)), 1e-6, 1 - 1e-6)
        parts = rng.uniform(0.95, 1.05, ways)
        position[:] = (1 - mass) / TAIL
        position[:ways] = np.sort(mass * parts / parts.sum())[::-1]
    words = tuple(f"word{i}" for i in range(LENGTH))
    logprobs = np.log(likely)
    ids = np.tile(np.arange(LISTED), (LENGTH, 1))
    answer = Sequence(
        " ".join(words), tokens=words, logprobs=logprobs[:, 0], top=TopK(ids, logprobs)
    )
    return Evidence("?", answer)
