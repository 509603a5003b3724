"""TaskWeb and TaskShop [kim2023]: which tasks to train on first, for one that is new.

Differs: how alike texts are comes from any encoder, or from anything else that tells it; a change
is relative to the size of what was reached alone, no less than a floor; the display's 5 x - 0.6
is left out, and so is standardising what is asked of a language model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats


@dataclass(frozen=True)
class TaskShop:
    """How much each known task should help a new one, higher = better: [S, S], [S] -> [S].

    `weight` of what it does for the other known tasks, its pivots, the rest of how alike it is to
    the new one. That the pivots are alike to the new task adds nearly the same to all: within one
    target they rank by how helpful a task is in general. The two are not on one scale.
    """

    weight: float = 0.7

    def __post_init__(self) -> None:
        """Refuse a weight that is none."""
        if not 0 <= self.weight <= 1:
            raise ValueError(f"weight must be in [0, 1], got {self.weight}")

    def __call__(self, transfers: ArrayLike, similarity: ArrayLike) -> Floats:
        """Scores of S known tasks, to choose the highest of by `by_value`.

        Args:
            transfers: what row does for column, as `transfer` gives it; the diagonal is not read.
                Without the new task: neither a row nor a column of it.
            similarity: of the new task to each known one. Of embedded examples, some 32 of the new
                task and 100 of a known one: `maths.directions.mean_best_cosine(new, known)`,
                retrieval of experts [jang2023].

        Raises:
            ValueError: fewer than two known tasks, or a pair or a task that was not measured.
        """
        table, alike = (
            np.array(transfers, dtype=np.float64),
            np.asarray(similarity, dtype=np.float64),
        )
        known = len(table)
        if known < 2 or table.shape != (known, known) or alike.shape != (known,):
            raise ValueError(
                "transfers [S, S] of at least two tasks and similarity [S] needed, "
                f"got {[*table.shape]} and {[*alike.shape]}"
            )
        np.fill_diagonal(table, 0.0)
        if not np.isfinite(table).all() or not np.isfinite(alike).all():
            raise ValueError("a transfer or a similarity is not finite; measure it or leave it out")
        others = known - 1
        pivots = (table.sum(axis=1) + alike.sum() - alike) / (2 * others)  # [S]
        return self.weight * pivots + (1 - self.weight) * alike


def relative_change(reached: ArrayLike, alone: ArrayLike, *, floor: float = 0.01) -> Floats:
    """(reached - alone) / |alone|, the latter no less than `floor`: > 0 where a source helps.

    Raises:
        ValueError: a floor that is not above 0.
    """
    if not floor > 0:
        raise ValueError(f"floor must be above 0, got {floor}")
    base = np.asarray(alone, dtype=np.float64)
    return (np.asarray(reached, dtype=np.float64) - base) / np.maximum(np.abs(base), floor)


def transfer(changes: ArrayLike) -> Floats:
    """What a source does for a target, by its relative change in C runs: [..., C] -> [...].

    Half the mean change and half of 0.2 times the share of runs that gained, less 0.1: 0 where
    nothing changes in the mean and as many runs gain as lose. A run of NaN is left out; NaN where
    none is left.
    """
    x = np.asarray(changes, dtype=np.float64)
    ran = ~np.isnan(x)
    runs = ran.sum(axis=-1)
    counted = np.where(runs > 0, runs, np.nan)
    mean = np.where(ran, x, 0.0).sum(axis=-1) / counted
    gained = (x > 0).sum(axis=-1) / counted
    return 0.5 * mean + 0.5 * (0.2 * gained - 0.1)
