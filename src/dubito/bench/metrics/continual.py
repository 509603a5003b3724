"""What is left of tasks that were learnt one after another [chaudhry2018]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Continual(NamedTuple):
    """Of a stream of T tasks, in the unit of what was measured."""

    final: float  # mean over tasks after the last
    forgetting: float  # mean over all but the last of the best before it less the final; >= 0: lost
    learning: float  # mean over tasks of what each reached when it was learnt


def continual(accuracy: ArrayLike) -> Continual:
    """Read [T, T]: row i was measured after task i, column j on task j; higher is better.

    Only what was measured on or below the diagonal counts, the rest may be NaN.

    Raises:
        ValueError: not square, fewer than two tasks, or a measurement missing.
    """
    table = np.asarray(accuracy, dtype=np.float64)
    tasks = len(table)
    if table.shape != (tasks, tasks) or tasks < 2 or not np.isfinite(np.tril(table)).all():
        raise ValueError(f"[T, T] of T >= 2 tasks, whole up to the diagonal, needed, got {table}")
    best = [table[j:-1, j].max() for j in range(tasks - 1)]
    lost = np.array(best) - table[-1, :-1]
    return Continual(float(table[-1].mean()), float(lost.mean()), float(table.diagonal().mean()))
