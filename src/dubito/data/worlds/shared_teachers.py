"""Eight regressions on the same inputs: five share a teacher, two another, one is noise alone."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

INPUTS, APART, NOISE = 10, 0.2, 2.0
GROUP = (0, 0, 0, 0, 0, 1, 1, 2)  # of each task; 2 is noise


@dataclass(frozen=True, eq=False)
class Teachers:
    """What tasks want: x . v of seven teachers, and of the last task noise of deviation 2."""

    vectors: Floats  # [7, 10] of expected length 1

    def draw(self, task: int, rows: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Fresh inputs [N, 10] and the targets of this task [N]."""
        x = rng.normal(size=(rows, INPUTS))
        if task == len(self.vectors):
            return x, NOISE * rng.normal(size=rows)
        return x, x @ self.vectors[task]


@dataclass(frozen=True, eq=False)
class SharedTeachers:
    """Teachers, rows to judge, and which tasks have a teacher in common."""

    teachers: Teachers
    judged: Floats  # [M, 10]
    truth: Floats  # [M, 7]
    group: Integers  # [8]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same teachers; tasks get another's group."""
        changes: dict[str, Any] = {"group": rng.permutation(self.group)}
        return replace(self, **changes)


def shared_teachers(seed: int, *, judged: int = 2000) -> SharedTeachers:
    """Teachers of a group are its direction plus a fifth of one of their own."""
    rng = np.random.default_rng([seed, 89])
    useful = np.array(GROUP[:-1])
    common, own = rng.normal(size=(2, INPUTS)), rng.normal(size=(len(useful), INPUTS))
    vectors = (common[useful] + APART * own) / INPUTS**0.5
    x = rng.normal(size=(judged, INPUTS))
    return SharedTeachers(Teachers(vectors), x, x @ vectors.T, np.array(GROUP))
