"""Questions about handwritten digits in groups: those of a group cannot be learnt of two kinds."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

GROUPS, TASKS = 5, 16  # three tasks a group, and one that is all chance
COMPLEMENTS = tuple((3 * g + 1, 3 * g + 2) for g in range(GROUPS))


@dataclass(frozen=True, eq=False)
class TaskBank:
    """N points with the labels of all 16 tasks."""

    pixels: Floats  # [N, 64]
    labels: Integers  # [N, 16] 0 or 1


@dataclass(frozen=True, eq=False)
class HardRegions:
    """A bank of tasks, and which of them are hard at the same points."""

    bank: TaskBank
    group: Integers  # [16] in 0 .. 5; 5 is the task of chance

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same bank; tasks get another's group."""
        changes: dict[str, Any] = {"group": rng.permutation(self.group)}
        return replace(self, **changes)


def hard_regions(seed: int, *, pictures: int = 1797) -> HardRegions:
    """So many digits; each group has two kinds of its own for which its labels are thrown.

    The other eight kinds are halved at random, one half being labelled 1. Of the three tasks of a
    group the first two have halves and throws of their own, the third is the complement of the
    second. So half the labels of any task are 1, and as many are hard.
    """
    shown = digits(seed, pictures=pictures)
    rng = np.random.default_rng([seed, 83])
    pairs = rng.permutation(10).reshape(GROUPS, 2)
    columns = []
    for pair in pairs:
        first, second = (halved(shown.label, pair, rng) for _ in range(2))
        columns += [first, second, 1 - second]
    columns.append(rng.integers(2, size=pictures))
    bank = TaskBank(shown.pixels.reshape(pictures, -1), np.stack(columns, axis=1))
    return HardRegions(bank, np.append(np.repeat(np.arange(GROUPS), 3), GROUPS))


def halved(kind: Integers, hard: Integers, rng: np.random.Generator) -> Integers:
    """1 for four of the eight kinds that are not hard; thrown for those that are; [N] -> [N]."""
    chosen = rng.permutation(np.setdiff1d(np.arange(10), hard))[:4]
    thrown = rng.integers(2, size=len(kind))
    return np.where(np.isin(kind, hard), thrown, np.isin(kind, chosen))
