"""Greedy answers whose next-token distributions are planted: a first choice, its rival, a tail."""

from dataclasses import replace

import numpy as np

from dubito.data.worlds.toy_language import TINY, recorded
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Sequence, TopK

VOCABULARY = 200


def one_open_choice(seed: int, *, questions: int = 500) -> Answered:
    """Answers of 5 to 40 tokens, right or wrong by one of them alone.

    The deciding token has p ~ U(0.2, 0.95) and is right with probability p; all others, of which
    there may be many or few, have p ~ U(0.8, 1) and are only wording.
    """
    rng = np.random.default_rng(seed)
    decisive = rng.uniform(0.2, 0.95, questions)
    evidence = []
    for p in decisive:
        first = rng.uniform(0.8, 1, int(rng.integers(5, 41)))
        first[rng.integers(len(first))] = p
        evidence.append(Evidence("?", halved(first)))
    return Answered(tuple(evidence), rng.uniform(size=questions) > decisive)


def rivals(seed: int, *, questions: int = 500) -> Answered:
    """Answers of 1 to 6 tokens; at each the rival is the truth with its share of the two.

    The first choice is e^g times as likely as its rival, g exponential with mean 1.5, so the
    rival is the truth with probability 1 / (1 + e^g). A tail of mass U(0, 0.6), which is never
    right, opens the distribution for reasons that have nothing to do with the two.
    """
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for _ in range(questions):
        length = int(rng.integers(1, 7))
        share = 1 / (1 + np.exp(-rng.exponential(1.5, length)))  # [T] of the first among the two
        both = 1 - rng.uniform(0, 0.6, length)
        evidence.append(Evidence("?", chosen(both * share, both * (1 - share))))
        wrong.append((rng.uniform(size=length) > share).any())
    return Answered(tuple(evidence), np.array(wrong))


def spills(seed: int, *, questions: int = 500) -> Answered:
    """Answers of 5 to 15 tokens; half of them, `wrong`, lie outside what the model was taught.

    Inside, a tail of 198 tokens holds 10^N(-2, 0.4) of the mass, outside 2.5 times as much; a
    token's own is LogNormal(0, 0.5) times that. The rest goes to the first choice and to a rival
    U(0, 1) times as likely, a harmless synonym that opens the choice far more than the tail does.
    """
    rng = np.random.default_rng(seed)
    wrong = np.arange(questions) % 2 == 1
    evidence = []
    for outside in wrong:
        length = int(rng.integers(5, 16))
        level = 10 ** rng.normal(-2, 0.4) * (2.5 if outside else 1)
        tail = np.minimum(level * rng.lognormal(0, 0.5, length), 0.4)
        first = (1 - tail) / (1 + rng.uniform(size=length))
        evidence.append(Evidence("?", chosen(first, 1 - tail - first)))
    return Answered(tuple(evidence), wrong)


def halved(first: Floats) -> Sequence:
    """An answer of first choices [T]; half of what is left goes to a rival, half to the tail."""
    return chosen(first, (1 - first) / 2)


def chosen(first: Floats, second: Floats) -> Sequence:
    """An answer of T first choices with these probabilities; the tail shares the rest evenly.

    Probabilities of the first choice and of its rival, [T] each; the first is the likeliest.
    """
    tail = (1 - first - second) / (VOCABULARY - 2)
    p = np.column_stack([first, second, *[tail] * (VOCABULARY - 2)])  # [T, V]
    rows = np.log(np.maximum(p, TINY))
    # One of the tail may beat the rival.
    likeliest = np.argsort(-rows, axis=1, kind="stable")[:, :2]
    record = recorded(np.zeros(len(rows), dtype=np.int64), rows)
    return replace(record, top=TopK(likeliest, np.take_along_axis(rows, likeliest, axis=1)))
