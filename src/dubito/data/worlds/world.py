"""What every world offers: data with a known truth, and the same data with the truth shuffled."""

from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np

from dubito.evidence import Evidence
from dubito.maths.arrays import Flags


class World(Protocol):
    """Data whose truth is known, for an experiment."""

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same data with the truth permuted, so that nothing can be learnt about it."""
        ...


@dataclass(frozen=True, eq=False)
class Answered:
    """N questions: what the model has shown of each, and which of its answers are wrong."""

    evidence: tuple[Evidence, ...]  # N
    wrong: Flags  # [N]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same evidence; each question gets another's label."""
        changes: dict[str, Any] = {"wrong": rng.permutation(self.wrong)}
        return replace(self, **changes)


First = TypeVar("First", bound=World)
Second = TypeVar("Second", bound=World)


@dataclass(frozen=True, eq=False)
class Arms(Generic[First, Second]):
    """Two worlds for one experiment: its main arm and a second one, a control or a contrast."""

    main: First
    other: Second

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Both with their truth permuted."""
        changes: dict[str, Any] = {
            "main": self.main.shuffled(rng),
            "other": self.other.shuffled(rng),
        }
        return replace(self, **changes)
