"""How good is a list of answers, and does doubt still find errors where many answers are right?"""

import math
from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.data.listing import gold, listed
from dubito.data.question import Question
from dubito.maths.labelled import checked
from dubito.maths.ranking import auroc
from dubito.maths.resample import Interval, bootstrap_interval
from dubito.maths.sets import disagreement


class SetScore(NamedTuple):
    """How a list of answers meets the set of right ones; each in [0, 1], higher is better."""

    precision: float  # NaN where nothing was named
    recall: float
    f1: float


def set_score(said: AbstractSet[Hashable], right: AbstractSet[Hashable]) -> SetScore:
    """Precision |A n G| / |A|, recall |A n G| / |G| and F1 = 2 |A n G| / (|A| + |G|) [yang2024m].

    Raises:
        ValueError: no right answer exists.
    """
    if not right:
        raise ValueError("an empty set of right answers cannot be met; leave the question out")
    hits = len(said & right)
    precision = hits / len(said) if said else math.nan
    return SetScore(precision, hits / len(right), 2 * hits / (len(said) + len(right)))


def list_score(reply: str, question: Question) -> SetScore:
    """The same of a reply to a question for a whole list."""
    return set_score(set(listed(reply, question)), gold(question))


def first_is_right(reply: str, question: Question) -> bool:
    """Whether the first thing that the reply names is right: the headline correctness."""
    named = listed(reply, question)
    return bool(named) and named[0] in gold(question)


def list_doubt(replies: Sequence[str], question: Question) -> float:
    """Doubt in [0, 1]: how much K drawn lists disagree, whatever their order and wording."""
    return disagreement([frozenset(listed(reply, question)) for reply in replies])


@dataclass(frozen=True, slots=True)
class GroupScore:
    """A doubt's AUROC in one group of answers, and how much it can be trusted."""

    auroc: Interval  # estimate with its bootstrap interval; NaN where one class is empty
    wrong: int
    right: int


def auroc_by_group(
    doubt: ArrayLike,
    wrong: ArrayLike,
    group: Sequence[str],
    *,
    resamples: int = 1000,
    rng: np.random.Generator,
) -> dict[str, GroupScore]:
    """AUROC within each group of the N answers, groups in order of first appearance.

    Groups are sizes of answer sets, say: the drop from one answer to several is what a doubt
    loses to ambiguity.
    """
    d, w = checked(doubt, wrong)
    names = np.asarray(group)
    if names.shape != d.shape:
        raise ValueError(f"one group for each answer needed, got {names.shape} for {d.shape}")
    found: dict[str, GroupScore] = {}
    for name in dict.fromkeys(group):
        rows = names == name
        interval = bootstrap_interval(auroc, d[rows], w[rows], resamples=resamples, rng=rng)
        found[name] = GroupScore(interval, int(w[rows].sum()), int((~w[rows]).sum()))
    return found
