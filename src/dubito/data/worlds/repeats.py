"""The same small sample drawn again and again from a law whose risk is known at any threshold."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats


@dataclass(frozen=True, eq=False)
class Repeats:
    """R samples of n doubts ~ U(0, 1); an answer is wrong with probability base + slope doubt."""

    doubt: Floats  # [R, n]
    wrong: Flags  # [R, n]
    base: float
    slope: float

    def risk_below(self, threshold: float) -> float:
        """Exact share of wrong answers among those with less doubt than this; 0 for none."""
        return self.base + self.slope * min(threshold, 1.0) / 2 if threshold > 0 else 0.0

    def coverage(self, threshold: float) -> float:
        """Exact share of answers with less doubt than this."""
        return min(max(threshold, 0.0), 1.0)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same doubts; labels are permuted over all samples, so the law is flat."""
        changes: dict[str, Any] = {
            "wrong": rng.permutation(self.wrong.ravel()).reshape(self.wrong.shape),
            "base": float(self.wrong.mean()),
            "slope": 0.0,
        }
        return replace(self, **changes)


def repeats(
    seed: int, *, samples: int = 200, each: int = 300, base: float = 0.0, slope: float = 0.6
) -> Repeats:
    """R = `samples` independent samples of n = `each` answers."""
    rng = np.random.default_rng(seed)
    doubt = rng.uniform(size=(samples, each))
    wrong = rng.uniform(size=doubt.shape) < base + slope * doubt
    return Repeats(doubt, wrong, base, slope)
