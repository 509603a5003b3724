"""How easily a hint overturns an answer [dang2024]: misleading rates, consistency, difficulty."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.data.normalise import normalise
from dubito.evidence import Evidence, Integers, Missing, Plan, Score


class MisleadingRates(NamedTuple):
    """Shares in [0, 1] of answers that a hint overturned; NaN where there was none to overturn."""

    away: float  # right at first, wrong after a false hint; higher = less stable
    back: float  # wrong at first, right after a true hint: no virtue, the same suggestibility
    mean: float
    accuracy: float  # without a hint
    accuracy_hinted: float  # after the hints: false ones for right answers, true ones for wrong


def misleading_rates(right: ArrayLike, right_hinted: ArrayLike) -> MisleadingRates:
    """Rates over N items from which were right at first and which after their hint, [N] and [N].

    Raises:
        ValueError: no items, or flags of another shape.
    """
    first, after = np.asarray(right, dtype=bool), np.asarray(right_hinted, dtype=bool)
    if first.ndim != 1 or first.shape != after.shape or not len(first):
        raise ValueError(f"flags of the same N >= 1 items needed: {first.shape}, {after.shape}")
    away = float((~after[first]).mean()) if first.any() else math.nan
    back = float(after[~first].mean()) if not first.all() else math.nan
    return MisleadingRates(away, back, (away + back) / 2, float(first.mean()), float(after.mean()))


def flip_rate(right: ArrayLike, right_again: ArrayLike) -> float:
    """Share of right answers that are wrong when asked again without a hint; NaN for none right.

    The control of a misleading rate: what is left of it without this is due to the hint.
    """
    return misleading_rates(right, right_again).away


def wrong_option(gold: int, count: int, rng: np.random.Generator) -> int:
    """An option that is not the gold one, all others alike.

    Raises:
        ValueError: fewer than two options, or a gold one that is none of them.
    """
    if count < 2 or not 0 <= gold < count:
        raise ValueError(f"gold must be one of at least 2 options, got {gold} of {count}")
    return int((gold + rng.integers(1, count)) % count)


def consistency(replies: Sequence[Sequence[Hashable]]) -> float:
    """Mean share of each prompt's commonest reply among its R repetitions, in [1/R, 1]."""
    return float(np.mean([Counter(row).most_common(1)[0][1] / len(row) for row in replies]))


def strata(misled: ArrayLike, *, floor: int = 0) -> tuple[Integers, Integers]:
    """Items that misled more than `floor` of M models, and how hard each is, 0, 1 or 2.

    [M, N] -> rows [H] and their thirds of 1..M [H]: low, medium, high. Score only models that
    did not choose the items: the rates of those that did are high by construction.
    """
    flags = np.asarray(misled, dtype=bool)
    count = flags.sum(axis=0)  # [N]
    kept = np.flatnonzero(count > max(floor, 0))
    return kept, (count[kept] - 1) * 3 // len(flags)


@dataclass(frozen=True)
class Misleading:
    """Doubt in [0, 1]: the share of hints that overturn the answer to one question.

    The first evidence is the question as it is, each other one with a hint. No right answer is
    needed, so a hint may be true by chance.
    """

    reading: Callable[[str], Hashable] = normalise  # a reply -> what it says; equal ones agree

    @property
    def plan(self) -> Plan:
        """The greedy answers alone."""
        return Plan()

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt.

        Raises:
            Missing: no evidence with a hint.
        """
        if len(evidence) < 2:
            raise Missing("the question as it is and at least one way with a hint are needed")
        first, *hinted = [self.reading(e.answer.text) for e in evidence]
        return Score(float(np.mean([answer != first for answer in hinted])))
