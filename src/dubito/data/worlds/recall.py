"""Keys with values to remember, and one key asked for, which may not be among them."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Integers

KEYS, VALUES, SHOWN = 32, 8, 8


@dataclass(frozen=True, eq=False)
class Contexts:
    """N contexts of eight pairs."""

    keys: Integers  # [N, 8] different ones of 32
    values: Integers  # [N, 8] of 8
    asked: Integers  # [N] a key
    answer: Integers  # [N] its value; where it is not shown, one drawn at random


@dataclass(frozen=True, eq=False)
class Recall:
    """Contexts to learn from, in which what is asked is shown, and others to judge."""

    lessons: Contexts
    familiar: Contexts  # more of the same, to set a threshold by
    judged: Contexts
    unanswerable: Flags  # of those judged: the key that is asked for is not shown

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same contexts; those that are judged get another's label."""
        changes: dict[str, Any] = {"unanswerable": rng.permutation(self.unanswerable)}
        return replace(self, **changes)


def recall(seed: int, *, lessons: int = 76_800, judged: int = 2000) -> Recall:
    """So many lessons, half as many familiar ones as are judged; half of those lack the key."""
    rng = np.random.default_rng([seed, 7])
    unanswerable = np.arange(judged) >= judged // 2
    return Recall(
        contexts(rng, np.zeros(lessons, dtype=bool)),
        contexts(rng, np.zeros(judged // 2, dtype=bool)),
        contexts(rng, unanswerable),
        unanswerable,
    )


def contexts(rng: np.random.Generator, absent: Flags) -> Contexts:
    """One of the shown keys is asked for, or the first that is not shown."""
    n = len(absent)
    order = rng.random((n, KEYS)).argsort(axis=1)  # [N, 32]
    keys, values = order[:, :SHOWN], rng.integers(VALUES, size=(n, SHOWN))
    place, other = rng.integers(SHOWN, size=n), rng.integers(VALUES, size=n)
    row = np.arange(n)
    return Contexts(
        keys,
        values,
        np.where(absent, order[:, SHOWN], keys[row, place]),
        np.where(absent, other, values[row, place]),
    )
