"""MetaGPT [zhou2024]: scales of task arithmetic in closed form, without data and without search."""

from collections.abc import Sequence
from dataclasses import dataclass

from dubito.merge.interference import TaskVectors, task_vectors
from dubito.merge.task_arithmetic import TaskArithmetic
from dubito.merge.tensors import State


@dataclass(frozen=True)
class MetaGPT:
    """Each expert's scale is its task vector's share of the squared length of all.

    Scales lie in [0, 1] and sum to 1. They minimise a bound on the mean loss that merging adds,
    if experts stand in minima, are nearly linear in their weights around the base, and their
    task vectors are orthogonal: measure that by `task_vectors(...).interference`.
    Names that end like one of `keep` do not count.
    """

    keep: tuple[str, ...] = ()

    def __call__(self, base: State, experts: Sequence[State]) -> TaskArithmetic:
        """The rule to merge them by; one pass over the weights."""
        return TaskArithmetic(self.scales(task_vectors(base, experts, keep=self.keep)))

    def scales(self, vectors: TaskVectors) -> tuple[float, ...]:
        """One for each task vector; all 0 where nothing was learnt, which gives the base."""
        squared = vectors.squared_norms  # [T]
        total = squared.sum()
        return tuple((squared / total if total > 0 else squared).tolist())
