"""A long answer in units: its sentences or claims, and what was read about each of them."""

from collections.abc import Callable
from dataclasses import dataclass

from dubito.evidence import Evidence, Floats, Integers


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or a claim, and the characters of the answer that say it.

    A claim in words of its own has the span of the sentence it was taken from.
    """

    text: str
    start: int
    end: int  # the first character that is no longer part of it


@dataclass(frozen=True, slots=True, eq=False)
class InUnits:
    """The evidence of one prompt, its answer's U units, and how they stand to the K samples.

    Supports lie in [0, 1]: does this answer say this claim? In `claims` the first U rows are the
    answer's units, further rows are what only samples say; column 0 is the answer itself.
    """

    evidence: Evidence
    units: tuple[Unit, ...]  # U
    support: Floats | None = None  # [U, K] of each unit by each sample as a whole
    matched: Floats | None = None  # [U, K] by the unit of each sample that supports it best
    claims: Floats | None = None  # [C, 1+K] of every claim by every answer
    relation: Integers | None = None  # [T, k] of each likely token to the written one: -1, 0, 1

    def __post_init__(self) -> None:
        """Refuse matrices of another answer, and supports that are none."""
        u, k = len(self.units), len(self.evidence.samples)
        for name, got in (("support", self.support), ("matched", self.matched)):
            if got is not None:
                refuse_other_shape(name, got, (u, k))
        if self.claims is not None:
            refuse_other_shape("claims", self.claims, (max(u, len(self.claims)), 1 + k))


UnitEstimator = Callable[[InUnits], Floats]  # doubts [U]; NaN for a unit that it cannot measure


def refuse_other_shape(name: str, got: Floats, shape: tuple[int, int]) -> None:
    """The matrix must have this shape, and values in [0, 1]; NaN is none."""
    if got.shape != shape:
        raise ValueError(f"{name} has shape {got.shape}; this answer asks for {shape}")
    if got.size and not (got.min() >= 0 and got.max() <= 1):
        raise ValueError(f"{name} must lie in [0, 1], got {got.min()} to {got.max()}")
