"""Sentences whose next-token distributions are open for three reasons, one of which is doubt."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dubito.data.units import InUnits
from dubito.data.worlds.long_answers import LongAnswers, units_of
from dubito.data.worlds.paragraphs import written
from dubito.evidence import Evidence, Floats, Integers, TopK

ERRORS = 0.05  # of the judge's relations
RELATION = np.array([1, 1, 1, -1, -1, 0])  # written, two synonyms, two contraries, another thing


class Choices(NamedTuple):
    """The candidates at T places, most likely first."""

    p: Floats  # [T, 6]
    relation: Integers  # [T, 6]
    written: Floats  # [T] probability of what was written


def worded_claims(seed: int, *, answers: int = 60) -> LongAnswers:
    """Answers of 4 to 8 sentences of 5 to 15 tokens, one of which, the key, says the fact.

    At every token U(0, 0.5) of the mass could say another thing, and U(0, 0.7) of what claims the
    same has another wording. Of what is claimed U(0, 0.7) contradicts the key, which is wrong with
    just this probability, and at most 0.01 any other token. The judge calls one candidate in 20
    at random.
    """
    rng = np.random.default_rng(seed)
    asked, wrong = [], []
    for _ in range(answers):
        doubt = rng.uniform(0, 0.7, int(rng.integers(4, 9)))  # [U]
        asked.append(worded([choices(rng, d) for d in doubt]))
        wrong.append(rng.uniform(size=len(doubt)) < doubt)
    return LongAnswers(tuple(asked), np.concatenate(wrong))


def choices(rng: np.random.Generator, doubt: float) -> Choices:
    """One sentence."""
    size = int(rng.integers(5, 16))
    contrary = rng.uniform(0, 0.01, size)
    contrary[rng.integers(size)] = doubt
    claimed = 1 - rng.uniform(0, 0.5, size)
    same, other = claimed * (1 - contrary), claimed * contrary
    synonyms = same * rng.uniform(0, 0.7, size)
    halves = [synonyms / 2, synonyms / 2, other / 2, other / 2]
    p = np.column_stack([same - synonyms, *halves, 1 - claimed])  # [T, 6]
    random = rng.integers(-1, 2, size=p.shape)
    relation = np.where(rng.uniform(size=p.shape) < ERRORS, random, RELATION)
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    return Choices(ranked, np.take_along_axis(relation, order, axis=1), p[:, 0])


def worded(sentences: list[Choices]) -> InUnits:
    """The answer of these sentences."""
    p = np.concatenate([s.p for s in sentences])  # [T, 6]
    lengths = [len(s.p) for s in sentences]
    answer = written([s.written for s in sentences])
    top = TopK(np.tile(np.arange(p.shape[1]), (len(p), 1)), np.log(p))
    answer = replace(answer, top=top)
    relation = np.concatenate([s.relation for s in sentences])
    return InUnits(Evidence("?", answer), units_of(answer, lengths), relation=relation)
