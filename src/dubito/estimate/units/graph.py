"""Graph uncertainty [jiang2024]: claims at the edge of the graph of claims and answers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubito.data.units import InUnits
from dubito.estimate.draws import refuse_fewer
from dubito.evidence import Floats, Missing, Plan
from dubito.maths.bipartite import closeness


@dataclass(frozen=True)
class UnitGraph:
    """1 - centrality of each unit among all claims and all 1 + K answers, [U] in [0, 1].

    An edge joins a claim to each answer that supports it by more than the threshold. Closeness
    sees what counting cannot: a claim of odd answers, which share little with the others, is far
    from most. With `centrality=degree` it is LUQ with hard support.

    Differs: closeness is a share of the greatest that its part of the graph allows.
    """

    samples: int = 10
    threshold: float = 0.5
    centrality: Callable[[NDArray[np.bool_]], Floats] = closeness

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing, or by a threshold that none or all pass."""
        refuse_fewer(self.samples, 1)
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold must lie in [0, 1), got {self.threshold}")

    @property
    def plan(self) -> Plan:
        """Samples; a judge of pairs comes later."""
        return Plan(samples=self.samples)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit."""
        if told.claims is None:
            raise Missing("no support of all claims; see estimate.units.with_claims")
        central = self.centrality(told.claims > self.threshold)  # [C]
        return 1 - central[: len(told.units)]
