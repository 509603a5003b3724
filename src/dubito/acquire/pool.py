"""What a query is asked of: examples, which of them have a label, and what a posterior says."""

from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers

Given = TypeVar("Given")


@dataclass(frozen=True, eq=False)
class Pool:
    """N examples (questions, pairs, arms, tasks) to choose among; a query says what it reads.

    Raises:
        ValueError: parts that speak of another number of examples; probabilities that do not
            sum to 1; numbers that are not finite.
    """

    labelled: NDArray[np.bool_]  # [N] have a label, and are not chosen again
    features: Floats | None = None  # [N, d] of the example, the same in every round
    probabilities: Floats | None = None  # [E, N, C] of its classes, as each of E members sees them
    values: Floats | None = None  # [E, N] how good, or how hard, each member takes it to be

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        n = len(self.labelled)
        if self.labelled.dtype != bool or self.labelled.ndim != 1:
            raise ValueError(f"labelled must be [N] bool, got {self.labelled.dtype}")
        for name, part, dims, axis in (
            ("features", self.features, 2, 0),
            ("probabilities", self.probabilities, 3, 1),
            ("values", self.values, 2, 1),
        ):
            if part is None:
                continue
            if part.ndim != dims or part.shape[axis] != n or not len(part):
                raise ValueError(f"{name} of {n} examples needed, got shape {[*part.shape]}")
            if not np.isfinite(part).all():
                raise ValueError(f"{name} must be finite, some are not")
        if self.probabilities is not None:
            off = float(np.abs(self.probabilities.sum(axis=-1) - 1).max(initial=0.0))
            if off > 1e-3 or (self.probabilities < 0).any():
                raise ValueError(f"probabilities must be >= 0 and sum to 1, off by {off:.3g}")

    @property
    def free(self) -> Integers:
        """Rows without a label, [F]."""
        return np.flatnonzero(~self.labelled)


class Query(Protocol):
    """Which k examples without a label to have labelled next: their rows in the order chosen."""

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator, /) -> Integers:
        """k different rows, [k]."""
        ...


def given(part: Given | None, name: str) -> Given:
    """A part of a pool that a query reads.

    Raises:
        LookupError: the pool lacks it.
    """
    if part is None:
        raise LookupError(f"no {name} in this pool; give it Pool({name}=...)")
    return part


def choosable(pool: Pool, k: int) -> Integers:
    """The rows without a label, of which k are wanted, [F].

    Raises:
        ValueError: there are fewer than k, or k is below 1.
    """
    free = pool.free
    if not 1 <= k <= len(free):
        raise ValueError(f"k must be in 1 .. {len(free)}, the examples without a label; got {k}")
    return free


def highest(rows: Integers, score: Floats, k: int) -> Integers:
    """The k rows of highest score, highest first; of equal ones the first: [F], [F] -> [k]."""
    return rows[np.argsort(-score, kind="stable")[:k]]


def subpool(pool: Pool, rows: Integers) -> Pool:
    """A pool of these rows only, in this order."""
    return replace(
        pool,
        labelled=pool.labelled[rows],
        features=None if pool.features is None else pool.features[rows],
        probabilities=None if pool.probabilities is None else pool.probabilities[:, rows],
        values=None if pool.values is None else pool.values[:, rows],
    )
