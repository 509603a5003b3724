"""Regression of six tasks in two groups: what a group shares, what a task has alone, and noise."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

INPUTS, FEATURES, NOISE = 12, 6, 0.2
GROUPS = (0, 0, 0, 1, 1, 1)  # of each task


@dataclass(frozen=True, eq=False)
class Rows:
    """N rows, each labelled for one task."""

    x: Floats  # [N, 12]
    task: Integers  # [N] in 0 .. 5
    y: Floats  # [N]


@dataclass(frozen=True, eq=False)
class GroupedTargets:
    """Rows to learn from and rows to judge."""

    learn: Rows
    judge: Rows

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same rows; within each task they get another's target, learnt and judged alike."""
        changes: dict[str, Any] = {
            name: replace(rows, y=within(rows, rng))
            for name, rows in (("learn", self.learn), ("judge", self.judge))
        }
        return replace(self, **changes)


def within(rows: Rows, rng: np.random.Generator) -> Floats:
    """Targets permuted task by task."""
    y = rows.y.copy()
    for task in np.unique(rows.task):
        places = np.flatnonzero(rows.task == task)
        y[places] = rng.permutation(y[places])
    return y


def grouped_targets(seed: int, *, learn: int = 3000, judge: int = 600) -> GroupedTargets:
    """So many rows a task; y = v_c . tanh(2 x W_c / sqrt 12) + u_t . tanh(2 x P_t / sqrt 12)."""
    rng = np.random.default_rng(seed)
    tasks = len(GROUPS)
    of_group = rng.normal(size=(2, INPUTS, FEATURES)), rng.normal(size=(2, FEATURES))
    of_task = rng.normal(size=(tasks, INPUTS, FEATURES)), rng.normal(size=(tasks, FEATURES))

    def drawn(each: int) -> Rows:
        task = np.repeat(np.arange(tasks), each)
        x = rng.normal(size=(len(task), INPUTS))
        y = NOISE * rng.normal(size=len(task))
        for t, group in enumerate(GROUPS):
            mine = task == t
            shared = bent(x[mine], of_group[0][group]) @ of_group[1][group]
            y[mine] += shared + bent(x[mine], of_task[0][t]) @ of_task[1][t]
        return Rows(x, task, y)

    return GroupedTargets(drawn(learn), drawn(judge))


def bent(x: Floats, weight: Floats) -> Floats:
    """The features of rows."""
    return np.tanh(2 * x @ weight / np.sqrt(INPUTS))
