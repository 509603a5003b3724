"""The tokens of each unit, and their surprise and entropy pooled."""

from collections.abc import Sequence as Several
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubito.data.units import InUnits, Unit
from dubito.estimate.steps import spelled
from dubito.estimate.tokens import Pool, of_tokens, surprises
from dubito.evidence import Floats, Missing, Plan, Sequence


def unit_tokens(answer: Sequence, units: Several[Unit]) -> NDArray[np.bool_]:
    """Which of T tokens begin in each of U units, blanks before a word left out: bool [U, T].

    The end token, which writes nothing, belongs to none; claims of one sentence share its tokens.

    Raises:
        Missing: nobody recorded where the tokens stand in the text.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so they belong to no unit")
    spans = np.asarray(answer.offsets).reshape(-1, 2)
    begins = spans[:, 0] + [len(t) - len(t.lstrip()) for t in spelled(answer)]  # [T]
    start = np.array([[u.start] for u in units]).reshape(-1, 1)
    end = np.array([[u.end] for u in units]).reshape(-1, 1)
    return (begins >= start) & (begins < end) & (spans[:, 0] < spans[:, 1])


def pooled_by_unit(values: Floats, members: NDArray[np.bool_], pool: Pool) -> Floats:
    """What `pool` makes of each unit's values: [T], bool [U, T] -> [U]; NaN without a token."""
    return np.array([float(pool(values[m])) if m.any() else np.nan for m in members])


@dataclass(frozen=True)
class UnitSurprise:
    """Mean -log p of each unit's tokens >= 0, nats, [U]; `pool=np.max`: of its least likely one."""

    pool: Pool = np.mean

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit; NaN for one without tokens."""
        answer = told.evidence.answer
        return pooled_by_unit(surprises(answer), unit_tokens(answer, told.units), self.pool)


@dataclass(frozen=True)
class UnitEntropy:
    """Mean entropy of each unit's next-token distributions, [U] in [0, log V], nats.

    `pool=np.max`: the greatest one. Of top-k distributions these are lower bounds.
    """

    pool: Pool = np.mean

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit; NaN for one without tokens."""
        answer = told.evidence.answer
        entropies = of_tokens(answer.entropies, "entropies")
        return pooled_by_unit(entropies, unit_tokens(answer, told.units), self.pool)
