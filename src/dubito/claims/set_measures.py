"""What the claims on sets of answers share: how often they hold the right one, and their size."""

from collections.abc import Callable

import numpy as np

from dubito.calibrate.answer_sets import AnswerSets, Flags
from dubito.data.worlds.offered import Offered
from dubito.evidence import Integers

Say = Callable[[Offered], AnswerSets]  # sets for the questions to judge by


def coverage(world: Offered, *, say: Say) -> float:
    """Share of the questions to judge by whose set holds the right answer, in [0, 1]."""
    return float(say(world).hold(world.new.right).mean())


def size(world: Offered, *, say: Say) -> float:
    """Mean number of candidates in a set."""
    return float(say(world).sizes.mean())


def worst_gap(held: Flags, groups: Integers, promised: float) -> float:
    """How far the coverage of the worst group is from the promise, above or below, >= 0."""
    return max(abs(promised - float(held[groups == g].mean())) for g in np.unique(groups))


def in_margin(value: float, centre: float, width: float) -> float:
    """Slack of |value - centre| < width."""
    return width - abs(value - centre)
