"""Does a model decline what it cannot answer, and only that?"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.labelled import Flags, flags


class Refusals(NamedTuple):
    """How refusals meet what should be refused; each in [0, 1], NaN where nothing is to count."""

    precision: float  # of the refusals, the share that was due
    recall: float  # of what should be refused, the share that was
    f1: float
    false_refusals: float  # of what can be answered, the share that was refused; less is better


def refusals(refused: ArrayLike, due: ArrayLike) -> Refusals:
    """Of N replies, [N] and [N]: `refused` says which decline, `due` which should.

    F1, the harmonic mean of precision and recall, is NaN only where nothing is refused or due.
    """
    said, should = both(refused, due)
    hits, given, wanted = int((said & should).sum()), int(said.sum()), int(should.sum())
    others = len(should) - wanted
    return Refusals(
        share(hits, given), share(hits, wanted), share(2 * hits, given + wanted),
        share(given - hits, others),
    )  # fmt: skip


def refusal_skill(refused: ArrayLike, due: ArrayLike) -> float:
    """Recall less false refusals, in [-1, 1], higher is better: 0 for any blind refuser.

    Whoever refuses everything, nothing or at random has 0 (Youden's index).
    """
    found = refusals(refused, due)
    return found.recall - found.false_refusals


def recall_by_kind(refused: ArrayLike, kind: Sequence[str]) -> dict[str, float]:
    """Share refused of each kind of reply, kinds in order of first appearance.

    Kinds are the reasons or categories of what should be refused, and of what should not.
    """
    names = np.asarray(kind)
    said, _ = both(refused, np.ones(len(names), dtype=bool))
    return {name: float(said[names == name].mean()) for name in dict.fromkeys(kind)}


def both(refused: ArrayLike, due: ArrayLike) -> tuple[Flags, Flags]:
    """Both as flags of one length."""
    array = np.asarray(refused, dtype=np.float64)
    return flags(refused, array), flags(due, array)


def share(part: int, whole: int) -> float:
    """part / whole; NaN of nothing."""
    return part / whole if whole else math.nan
