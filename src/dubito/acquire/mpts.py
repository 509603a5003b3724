"""MPTS [wang2025mpts]: train next on tasks told to be hard, or of which little is known.

Differs: at the start, before anything is told, the first tasks and not a draw of the prior.
"""

from dataclasses import dataclass

import numpy as np

from dubito.acquire.pool import Pool, choosable, given, highest
from dubito.evidence import Floats, Integers


@dataclass(frozen=True)
class MPTS:
    """Rows of highest `mean` times the told loss + `spread` times its deviation over the opinions.

    Reads `values` [K, N], K opinions of each task's loss, as `TaskRisk` gives them. A share of
    the rows may be taken `at_random` from the rest, so that easy tasks are not forgotten.
    """

    mean: float = 1.0
    spread: float = 3.0
    at_random: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.at_random <= 1:
            raise ValueError(f"at_random must be in [0, 1], got {self.at_random}")

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> Integers:
        """The k rows: hardest first, of equal ones the first; then those at random."""
        free = choosable(pool, k)
        values = given(pool.values, "values")[:, free]  # [K, F]
        chosen = highest(free, self.score(values), k - round(self.at_random * k))
        rest = np.setdiff1d(free, chosen)
        return np.concatenate([chosen, rng.choice(rest, k - len(chosen), replace=False)])

    def score(self, values: Floats) -> Floats:
        """How much each task is worth training on, in units of loss: [K, N] -> [N]."""
        return self.mean * values.mean(axis=0) + self.spread * values.std(axis=0)
