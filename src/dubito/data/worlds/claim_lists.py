"""The same few long answers drawn again and again; the risk of any threshold is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats


@dataclass(frozen=True, eq=False)
class ClaimLists:
    """R samples of n answers with U claims each, whose doubts are U(0, 1).

    An answer has one of the hardnesses h, all as likely; a claim of it is wrong with probability
    h doubt.
    """

    doubt: Floats  # [R, n, U]
    wrong: Flags  # [R, n, U]
    hardness: Floats  # [H]

    def wrong_share(self, threshold: float) -> float:
        """Exact mean share of an answer's claims that are wrong and below the threshold."""
        return float(self.hardness.mean()) * within(threshold) ** 2 / 2

    def any_wrong(self, threshold: float) -> float:
        """Exact share of answers with a wrong claim below the threshold."""
        claims = self.doubt.shape[-1]
        each = 1 - self.hardness * within(threshold) ** 2 / 2  # [H] chance that one claim is fine
        return float(1 - (each**claims).mean())

    def kept(self, threshold: float) -> float:
        """Exact share of claims below the threshold."""
        return within(threshold)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same doubts; labels are permuted over all claims."""
        wrong = rng.permutation(self.wrong.ravel()).reshape(self.wrong.shape)
        changes: dict[str, Any] = {"wrong": wrong}
        return replace(self, **changes)


def within(threshold: float) -> float:
    """The threshold moved into [0, 1]."""
    return min(max(threshold, 0.0), 1.0)


def claim_lists(
    seed: int,
    *,
    samples: int = 1000,
    each: int = 30,
    claims: int = 6,
    hardness: Sequence[float] = (0.3, 1.0),
) -> ClaimLists:
    """R = `samples` independent samples of n = `each` answers of U = `claims`."""
    rng = np.random.default_rng(seed)
    levels = np.asarray(hardness, dtype=np.float64)
    h = rng.choice(levels, size=(samples, each, 1))
    doubt = rng.uniform(size=(samples, each, claims))
    wrong = rng.uniform(size=doubt.shape) < h * doubt
    return ClaimLists(doubt, wrong, levels)
