"""What training on one task does for the others, by gradients at hand [wang2025mtl]."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from dubito.evidence import Floats, Integers
from dubito.nn.flat_weights import in_a_row


class Kept(NamedTuple):
    """The latest gradient of a task, over its largest entry."""

    shared: Tensor  # [S]
    own: Tensor  # [O] of modules that only its kind uses; may be empty

    def cosine(self, other: "Kept", *, whole: bool) -> float:
        """With another one, in [-1, 1], of all entries or the shared ones; NaN where one is 0."""
        dot = _dot(self, other, whole)
        length = math.sqrt(_dot(self, self, whole)) * math.sqrt(_dot(other, other, whole))
        return min(max(dot / length, -1.0), 1.0) if length else math.nan


def _dot(a: Kept, b: Kept, whole: bool) -> float:
    """The inner product of all entries, or of the shared ones."""
    own = float(a.own @ b.own) if whole else 0.0
    return float(a.shared @ b.shared) + own


class Influence:
    """Column j: how the steps on task j point for each task i, mean cosine in [-1, 1].

    When a step on j is seen, its gradient is compared with the latest that is known of each task,
    its own included, so the diagonal is 1. Two tasks of one kind, whose modules are all the same,
    are compared over all of them, two of different kinds over what all share. Gradients of other
    tasks are never computed again: those kept may be some steps old, and their cosines drift to 0
    the faster the model moves. Batches that are too small push them to 0 as well.

    `latest_` holds one gradient of each task; `counts_` [T] are the steps on each since `clear`.
    """

    def __init__(self, kinds: Sequence[int]) -> None:
        """Of each of T tasks, which kind it is; [0, 1, 2] where each has modules of its own."""
        if not len(kinds):
            raise ValueError("at least one task needed, got kinds of none")
        self.kinds = (*kinds,)
        self.latest_: list[Kept | None] = [None] * len(self.kinds)
        self.clear()

    def clear(self) -> None:
        """Begin a new interval; the latest gradients stay."""
        tasks = len(self.kinds)
        self.counts_: Integers = np.zeros(tasks, dtype=int)
        self._sums = np.zeros((tasks, tasks))
        self._measured = np.zeros((tasks, tasks))

    def observe(self, task: int, shared: Tensor, own: Tensor | None = None) -> None:
        """A step on this task: copies of its gradients over what all share, and its kind alone.

        Raises:
            ValueError: no such task, a gradient that is not finite, or of another length than
                before.
        """
        new = self._kept(task, shared, own)
        self.latest_[task] = new
        self.counts_[task] += 1
        for i, old in enumerate(self.latest_):
            if old is None:
                continue
            cosine = old.cosine(new, whole=self.kinds[i] == self.kinds[task])
            if not math.isnan(cosine):
                self._sums[i, task] += cosine
                self._measured[i, task] += 1

    def _kept(self, task: int, shared: Tensor, own: Tensor | None) -> Kept:
        """The gradients, once they are found to fit."""
        if not 0 <= task < len(self.kinds):
            raise ValueError(f"there are {len(self.kinds)} tasks, counted from 0, got {task}")
        new = Kept(in_a_row([shared]), in_a_row([shared[:0] if own is None else own]))
        for part in new:
            if not part.isfinite().all():
                raise ValueError(f"a gradient of task {task} is not finite; leave this step out")
        for i, old in enumerate(self.latest_):
            alike = self.kinds[i] == self.kinds[task]
            if old and (len(old.shared), alike and len(old.own)) != (
                len(new.shared),
                alike and len(new.own),
            ):
                raise ValueError(
                    f"gradients of task {task} have {len(new.shared)} shared and {len(new.own)} "
                    f"own entries, those of task {i} {len(old.shared)} and {len(old.own)}"
                )
        largest = max((float(part.abs().max()) for part in new if len(part)), default=0.0)
        return Kept(*(part / largest for part in new)) if largest else new

    @property
    def matrix_(self) -> Floats:
        """[T, T]; NaN where nothing was measured, as where no step was on j, or none yet on i.

        Differs: the mean is over the steps on j at which a gradient of i was known; in the paper's
        code the others count as 0, and a gradient kept from before the interval as one more step.
        """
        with np.errstate(invalid="ignore"):
            return self._sums / self._measured
