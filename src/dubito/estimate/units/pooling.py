"""From the doubts of its units to that of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import Pool
from dubito.evidence import Floats, Missing, Score


def answer_doubt(doubts: Floats | Sequence[float], pool: Pool = np.mean) -> Score:
    """One doubt from those of the units that have one; the parts count both kinds.

    Raises:
        Missing: no unit has a doubt.
    """
    every = np.asarray(doubts, dtype=np.float64)
    known = every[~np.isnan(every)]
    if not len(known):
        raise Missing(f"none of the answer's {len(every)} units has a doubt")
    parts = {"units": float(len(known)), "units without a doubt": float(len(every) - len(known))}
    return Score(float(pool(known)), parts=parts)


@dataclass(frozen=True)
class ShareAbove:
    """Share in [0, 1] of the units whose doubt is above the threshold; a pool like np.mean."""

    threshold: float

    def __call__(self, doubts: Floats) -> float:
        """The share among U >= 1 units."""
        return float(np.mean(np.asarray(doubts) > self.threshold))
