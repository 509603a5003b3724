"""Variation ratios over drawn answers [huang2023], with 1 - cosine of embeddings as distance."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.draws import drawn, of_answers, refuse_fewer
from dubito.evidence import Evidence, Floats, Plan, Score


@dataclass(frozen=True)
class SampleVariation:
    """Mean distance between two of K >= 2 samples, in [0, 2]; 0 when all mean the same (VR)."""

    samples: int = 5

    def __post_init__(self) -> None:
        """Refuse a lonely sample."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples and embeddings."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the pairs of different samples."""
        k = len(drawn(evidence, least=2))
        between = distances(evidence)[1:, 1:]  # [K, K], diagonal 0
        return Score(float(between.sum() / (k * (k - 1))))


@dataclass(frozen=True)
class SampleDeparture:
    """Mean distance of K >= 1 samples from the greedy answer, in [0, 2]; 0 at its meaning (VRO)."""

    samples: int = 5

    def __post_init__(self) -> None:
        """Refuse a mean of nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples and embeddings."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the samples."""
        drawn(evidence, least=1)
        return Score(float(distances(evidence)[0, 1:].mean()))


def distances(evidence: Evidence) -> Floats:
    """1 - cosine between greedy answer (row 0) and samples, [1+K, 1+K] in [0, 2]."""
    vectors = of_answers(evidence, evidence.embeddings, "embeddings")  # [1+K, d]
    return np.clip(1 - vectors @ vectors.T, 0.0, 2.0)
