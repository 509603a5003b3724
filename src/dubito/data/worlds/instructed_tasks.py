"""Tasks told in five words, of which some say what to do, some nothing, and some mean chance."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from dubito.evidence import Floats, Integers

WORDS, LENGTH, INPUTS = 24, 5, 8
TELLING, ALWAYS, CHANCE = 0, 1, 2  # kinds of tasks
SPOKEN = ((0, 16), (16, 20), (20, 24))  # words of each kind
IN_POOL, AT_FIRST = (40, 60, 60), (5, 4, 4)  # of each kind


class Tasks(NamedTuple):
    """T tasks with M rows each."""

    words: Integers  # [T, 5]
    kind: Integers  # [T]
    x: Floats  # [T, M, 8]
    y: Floats  # [T, M] 0 or 1


@dataclass(frozen=True, eq=False)
class Lessons:
    """Tasks to train on, if they are chosen, and new ones to judge by."""

    pool: Tasks
    start: Integers  # rows of the pool that are trained on at first
    judged: Tasks  # new ones, told in words that say what to do


@dataclass(frozen=True, eq=False)
class InstructedTasks:
    """Lessons, and whose scores a query is told for each task of the pool."""

    lessons: Lessons
    told: Integers  # [T] itself, unless shuffled

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same tasks; of each a query is told the score of another one."""
        changes: dict[str, Any] = {"told": rng.permutation(self.told)}
        return replace(self, **changes)


def instructed_tasks(seed: int, *, rows: int = 200, judged: int = 30) -> InstructedTasks:
    """A word has a hidden vector; a telling task is whether x points along the sum of its words'.

    Of another kind the label is always 1, or a coin.
    """
    rng = np.random.default_rng([seed, 17])
    hidden = rng.normal(size=(WORDS, INPUTS))

    def drawn(kind: Integers) -> Tasks:
        low, high = np.array(SPOKEN)[kind].T[..., None]
        words = rng.integers(low, high, size=(len(kind), LENGTH))
        x = rng.normal(size=(len(kind), rows, INPUTS))
        along = np.einsum("tmi,ti->tm", x, hidden[words].sum(axis=1)) > 0
        coin = rng.random(along.shape) < 0.5
        of_kind = [kind[:, None] == k for k in (TELLING, ALWAYS)]
        return Tasks(words, kind, x, np.select(of_kind, [along, True], coin).astype(float))

    pool = drawn(np.repeat(np.arange(3), IN_POOL))
    start = [
        rng.choice(np.flatnonzero(pool.kind == k), AT_FIRST[k], replace=False) for k in range(3)
    ]
    lessons = Lessons(pool, np.concatenate(start), drawn(np.full(judged, TELLING)))
    return InstructedTasks(lessons, np.arange(len(pool.kind)))
