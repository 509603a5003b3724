"""LUQ [zhang2024luq]: how little of the drawn answers supports each sentence of this one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.data.units import InUnits
from dubito.estimate.draws import refuse_fewer
from dubito.evidence import Floats, Missing, Plan


def non_support(support: ArrayLike) -> Floats:
    """1 - mean support by K >= 1 samples, in [0, 1]: [U, K] -> [U].

    Raises:
        ValueError: no matrix, no sample, or supports that do not lie in [0, 1].
    """
    s = np.asarray(support, dtype=np.float64)
    if s.ndim != 2 or not s.shape[1]:
        raise ValueError(f"support must be [U, K] with at least 1 sample, got shape {s.shape}")
    if s.size and not (s.min() >= 0 and s.max() <= 1):  # NaN fails too
        raise ValueError(f"support must lie in [0, 1], got {s.min()} to {s.max()}")
    return 1 - s.mean(axis=1)


@dataclass(frozen=True)
class LUQ:
    """1 - mean support of each unit by the samples as wholes, [U] in [0, 1].

    0 where every sample entails the unit. Their mean is the paper's doubt of the answer.

    Differs: only the given answer is doubted; the paper averages over the samples in its place.
    """

    samples: int = 10

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples; a judge of pairs comes later."""
        return Plan(samples=self.samples)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit."""
        if told.support is None:
            raise Missing("no support of the units by the samples; see estimate.units.with_support")
        return non_support(told.support)


@dataclass(frozen=True)
class MatchedUnits:
    """1 - mean over samples of the best support by one of a sample's units, [U] in [0, 1].

    The paper's LUQ-pair: a judge that reads sentence against sentence loses nothing in a long text.
    """

    samples: int = 10

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples; a judge of pairs comes later."""
        return Plan(samples=self.samples)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit."""
        if told.matched is None:
            raise Missing("no support by the samples' units; see estimate.units.with_matches")
        return non_support(told.matched)
