"""Tasks on digits that are pairs of skills, how to read and how to write; two pairs are new."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Self

import numpy as np

from dubito.evidence import Integers

LENGTH, DIGITS = 6, 10
READ = ("reversed", "moved by one", "as it is")
WRITE = (0, 3, 5, 7)  # added to each digit, modulo 10
TASKS = tuple(product(range(len(READ)), range(len(WRITE))))  # 12 pairs


@dataclass(frozen=True, eq=False)
class Sequences:
    """N rows of digits, their task and what it makes of them."""

    digits: Integers  # [N, 6]
    task: Integers  # [N] index into TASKS
    target: Integers  # [N, 6]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Each row gets another's target."""
        changes: dict[str, Any] = {"target": rng.permutation(self.target)}
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class SkillPairs:
    """Ten tasks to learn from many rows, two new ones whose skills are known, each from few."""

    known: tuple[int, ...]  # indices into TASKS
    new: tuple[int, int]
    many: Sequences
    few: tuple[Sequences, Sequences]  # of each new task
    fresh: tuple[Sequences, Sequences]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The known tasks as they are; of the new ones nothing can be learnt."""
        changes: dict[str, Any] = {
            "few": tuple(s.shuffled(rng) for s in self.few),
            "fresh": tuple(s.shuffled(rng) for s in self.fresh),
        }
        return replace(self, **changes)


def skill_pairs(seed: int, *, rows: int = 2000, few: int = 16, fresh: int = 300) -> SkillPairs:
    """So many rows of each known task, and few and fresh ones of the two new tasks.

    The new tasks have no skill in common; every skill of theirs is in known tasks.
    """
    rng = np.random.default_rng(seed)
    first = int(rng.integers(len(TASKS)))
    apart = [t for t, pair in enumerate(TASKS) if not shares(pair, TASKS[first])]
    new = (first, int(rng.choice(apart)))
    known = tuple(t for t in range(len(TASKS)) if t not in new)
    one, two = new
    return SkillPairs(
        known=known,
        new=new,
        many=sequences(rng, np.repeat(known, rows)),
        few=(sequences(rng, np.full(few, one)), sequences(rng, np.full(few, two))),
        fresh=(sequences(rng, np.full(fresh, one)), sequences(rng, np.full(fresh, two))),
    )


def shares(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Have two pairs a skill in common?"""
    return first[0] == second[0] or first[1] == second[1]


def sequences(rng: np.random.Generator, task: Integers) -> Sequences:
    """Random digits and their targets."""
    digits = rng.integers(DIGITS, size=(len(task), LENGTH))
    read = np.stack([digits[:, ::-1], np.roll(digits, 1, axis=1), digits])  # [3, N, 6]
    pairs = np.array(TASKS)[task]  # [N, 2]
    chosen = read[pairs[:, 0], np.arange(len(task))]  # [N, 6]
    return Sequences(digits, task, (chosen + np.array(WRITE)[pairs[:, 1], None]) % DIGITS)
