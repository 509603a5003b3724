"""Data maps [swayamdipta2020]: how sure, and how steadily, a task got each point right."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats


def truth_confidence(probability: ArrayLike, label: ArrayLike) -> Floats:
    """The probability of the true label of binary tasks, p or 1 - p; [B, T], [B, T] -> [B, T].

    Raises:
        ValueError: a label that is neither 0 nor 1.
    """
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(label)
    if p.shape != y.shape or not np.isin(y, (0, 1)).all():
        raise ValueError(f"labels 0 or 1 of shape {p.shape} needed, got {y.tolist()}")
    return np.where(y == 1, p, 1 - p)


class DataMap:
    """Mean and deviation over the epochs of each task's confidence in the truth of each point.

    All T tasks are labelled on the same N points. `record` what a batch says, in training passes or
    in passes without dropout but not in both; `read` after some epochs, early, middle and late, for
    `np.stack(maps, axis=1)` of [T, epochs, N, 2]. A new training needs a new one.

    `counts_` [N], `mean_` [T, N]; variances are kept by Welford's rule, which does not cancel.
    """

    def __init__(self, tasks: int, points: int) -> None:
        if tasks < 1 or points < 1:
            raise ValueError(f"at least one task and point needed, got {tasks} and {points}")
        self.counts_ = np.zeros(points, dtype=int)
        self.mean_: Floats = np.zeros((tasks, points))
        self._squares: Floats = np.zeros((tasks, points))

    def record(self, confidence: ArrayLike, index: ArrayLike) -> None:
        """The probability of the true label, [B, T], of points that are `index` [B] of the data.

        Raises:
            ValueError: shapes or points that do not fit, a point twice, or no probability.
        """
        seen, at = np.asarray(confidence, dtype=np.float64), np.asarray(index)
        tasks, points = self.mean_.shape
        if at.ndim != 1 or seen.shape != (len(at), tasks):
            raise ValueError(f"[B, {tasks}] and [B] needed, got {seen.shape} and {at.shape}")
        if not ((seen >= 0) & (seen <= 1)).all():
            raise ValueError(f"confidences lie in [0, 1], got {seen.min()} to {seen.max()}")
        if len(at) and not 0 <= at.min() <= at.max() < points:
            raise ValueError(f"points 0 to {points - 1} of the data, got {at.min()} to {at.max()}")
        if len(np.unique(at)) < len(at):
            raise ValueError("a point is twice in this batch; record each of its places by itself")
        self.counts_[at] += 1
        delta = seen.T - self.mean_[:, at]  # [T, B]
        self.mean_[:, at] += delta / self.counts_[at]
        self._squares[:, at] += delta * (seen.T - self.mean_[:, at])

    def read(self) -> Floats:
        """Mean and deviation so far, [T, N, 2]; the deviation with one less in its divisor.

        Raises:
            ValueError: a point that was recorded fewer than twice.
        """
        few = np.flatnonzero(self.counts_ < 2)
        if len(few):
            raise ValueError(
                f"{len(few)} points were recorded fewer than twice, first point {few[0]}; read "
                "after at least two epochs, and record by the index in the data"
            )
        return np.stack([self.mean_, np.sqrt(self._squares / (self.counts_ - 1))], axis=-1)
