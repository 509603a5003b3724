"""Answers of the same words in another order, which changes what they say."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence

TIMES = ("in the final", "that year", "at home")


def order(seed: int, *, questions: int = 300, samples: int = 10) -> Answered:
    """Knowledge c ~ U(0.5, 1): an answer has the two names the right way round with probability c.

    The answer has the likelier order, so it is wrong with probability 1 - c. Around the names an
    answer says when it was; questions differ in how many such phrases they have, 1 to 3, which has
    nothing to do with knowledge.
    """
    rng = np.random.default_rng(seed)
    knowledge = rng.uniform(0.5, 1, questions)
    evidence = []
    for c in knowledge:
        times = rng.permutation(TIMES)[: rng.integers(1, 4)]
        right = np.concatenate([[True], rng.uniform(size=samples) < c])
        said = [Sequence(report(bool(r), str(rng.choice(times)))) for r in right]
        evidence.append(Evidence("?", said[0], tuple(said[1:])))
    return Answered(tuple(evidence), rng.uniform(size=questions) > knowledge)


def report(first_won: bool, time: str) -> str:
    """Who beat whom, and when."""
    winner, loser = ("Peru", "Chile") if first_won else ("Chile", "Peru")
    return f"{winner} beat {loser} {time}"
