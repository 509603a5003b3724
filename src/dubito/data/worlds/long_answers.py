"""Long answers, a sentence a fact, each right or wrong, with samples and a judge that can err."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.special import expit

from dubito.data.units import InUnits, Unit
from dubito.data.worlds.paragraphs import written
from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Floats, Integers, Sequence

VALUES = 4  # that the model takes into account for a fact
MISTAKE = VALUES  # what a popular mistake says of a fact
POPULAR = 3  # facts about which there is one
SILENT = -1


@dataclass(frozen=True, eq=False)
class LongAnswers:
    """N answers in units; the truth is known of each unit."""

    asked: tuple[InUnits, ...]  # N
    wrong: Flags  # of all units, answer after answer

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each unit gets another's label."""
        changes: dict[str, Any] = {"wrong": rng.permutation(self.wrong)}
        return replace(self, **changes)


class Judging(NamedTuple):
    """How a judge sees: log-odds of support where the same or the contrary is said, and noise."""

    clear: float = 3.0  # between two sentences; of a text of V sentences, 1 / sqrt(V) of it
    unrelated: float = -3.0  # between sentences about different facts, of which none entails
    noise: float = 1.0


class Facts(NamedTuple):
    """What the answer says of U facts and K samples of all F, as numbers of values."""

    said: Integers  # [U] by the answer, about the first U facts
    samples: Integers  # [K, F]; -1 where a sample is silent
    surprise: list[Floats]  # U of them: probability of each token [T]
    wrong: Flags  # [U]


def long_answers(
    seed: int, *, answers: int = 60, samples: int = 10, count: int = 10, terse: float = 0.0
) -> LongAnswers:
    """Answers of 4 to 8 sentences about the first of `count` facts; samples tell 7 facts in 10.

    For each fact the model weighs four values, of which the truth is one drawn by these weights;
    the answer says the likeliest, a sample a drawn one. Its tokens' surprise is the fact's and,
    far more, that of the wording. A share of the samples is terse: they tell a popular mistake
    about each of the first three facts with probability 0.8, and nothing else; where there are
    such samples the answer makes each of these mistakes with probability 1/2.
    """
    rng = np.random.default_rng(seed)
    every = [facts(rng, samples, count, terse) for _ in range(answers)]
    asked = tuple(in_units(f, rng) for f in every)
    return LongAnswers(asked, np.concatenate([f.wrong for f in every]))


def facts(rng: np.random.Generator, samples: int, count: int, terse: float) -> Facts:
    """One answer and its samples."""
    units = int(rng.integers(4, 9))
    top = rng.uniform(0.3, 1, count)  # [F] weight of a first value, before the others get theirs
    rest = rng.dirichlet(np.full(VALUES - 1, 0.7), count) * (1 - top[:, None])
    weight = np.column_stack([top, rest])  # [F, VALUES]
    said, truth = weight.argmax(axis=1), draw(rng, weight)
    drawn = np.stack([draw(rng, weight) for _ in range(samples)])  # [K, F]
    silent = rng.uniform(size=drawn.shape) < 0.3
    if terse:
        short = rng.uniform(size=(samples, 1)) < terse
        popular = np.arange(count) < POPULAR
        drawn = np.where(short, MISTAKE, drawn)
        told = popular & (rng.uniform(size=drawn.shape) < 0.8)
        silent = np.where(short, ~told, silent)
        said[popular & (rng.uniform(size=count) < 0.5)] = MISTAKE
    drawn[silent] = SILENT
    likely: list[Floats] = [
        np.append(rng.uniform(0.3, 1, int(rng.integers(5, 16))), w.max()) for w in weight
    ]
    return Facts(said[:units], drawn, likely[:units], (said != truth)[:units])


def draw(rng: np.random.Generator, weight: Floats) -> Integers:
    """One column a row by its weights: [F, V] -> [F]."""
    return (weight.cumsum(axis=1) < rng.uniform(size=(len(weight), 1))).sum(axis=1)


def in_units(told: Facts, rng: np.random.Generator, judging: Judging | None = None) -> InUnits:
    """The record of one answer and what the judge finds."""
    judging = judging or Judging()
    answer = written(told.surprise)
    drawn = tuple(Sequence(f"sample {k}") for k in range(len(told.samples)))
    support, matched = supports(told, rng, judging)
    return InUnits(
        Evidence("?", answer, drawn),
        units_of(answer, [len(p) for p in told.surprise]),
        support=support,
        matched=matched,
        claims=claims(told, rng, judging),
    )


def units_of(answer: Sequence, lengths: list[int]) -> tuple[Unit, ...]:
    """The sentences of these many tokens each."""
    spans = np.asarray(answer.offsets)
    ends = np.cumsum(lengths)
    bounds = [
        (int(spans[e - n, 0]), int(spans[e - 1, 1])) for n, e in zip(lengths, ends, strict=True)
    ]
    return tuple(Unit(answer.text[a:b], a, b) for a, b in bounds)


def supports(told: Facts, rng: np.random.Generator, judging: Judging) -> tuple[Floats, Floats]:
    """Support of U units by K whole samples, and by the best unit of each; [U, K] both."""
    about = told.samples[:, : len(told.said)].T  # [U, K]
    agrees = np.where(about == SILENT, 0.0, np.where(about == told.said[:, None], 1.0, -1.0))
    length = (told.samples != SILENT).sum(axis=1)  # [K] sentences of each sample
    whole = agrees * judging.clear / np.sqrt(np.maximum(length, 1))
    support = expit(whole + rng.normal(scale=judging.noise, size=agrees.shape))
    shape = (*agrees.shape, told.samples.shape[1])  # [U, K, F]
    pair = np.full(shape, judging.unrelated)
    pair[np.arange(len(pair)), :, np.arange(len(pair))] = agrees * judging.clear
    pair = expit(pair + rng.normal(scale=judging.noise, size=shape))
    spoken = np.where(told.samples == SILENT, 0.0, pair)  # [U, K, F]
    return support, spoken.max(axis=2)


def claims(told: Facts, rng: np.random.Generator, judging: Judging) -> Floats:
    """P(entailed) of every different claim, the answer's U first, by all answers: [C, 1+K]."""
    mine = [(fact, int(value)) for fact, value in enumerate(told.said)]
    spoken = {(int(f), int(row[f])) for row in told.samples for f in np.flatnonzero(row != SILENT)}
    every = mine + sorted(spoken - set(mine))
    own = np.array([[claim in mine] for claim in every])
    theirs = np.array([told.samples[:, fact] == value for fact, value in every])
    says = np.where(np.column_stack([own, theirs]), judging.clear, -judging.clear)
    return expit(says + rng.normal(scale=judging.noise, size=says.shape))
