"""Distances of the next-token distributions from uniform, reference-free RainProof [darrin2023]."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import of_tokens, pooled
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.entropy import fisher_rao


@dataclass(frozen=True)
class RenyiDivergence:
    """Minus the mean over tokens of D(p || uniform) of order 1/2, in [-log V, 0], nats.

    0 when all distributions are uniform, -log V when all are certain. It equals the Renyi entropy
    of order 1/2 less log V, so it looks more at the tail than Shannon's entropy.
    """

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Minus the mean over the tokens."""
        half = of_tokens(evidence.answer.uniform_renyi, "uniform_renyi")
        return pooled(0.0 - half, np.mean)


@dataclass(frozen=True)
class FisherRao:
    """Minus the mean over tokens of the Fisher-Rao distance from uniform, in [-1, 0].

    The distance of one token is (2 / pi) arccos sum_v sqrt(p_v / V): the same overlap as in the
    Renyi divergence of order 1/2, bent so that no token weighs more than 1.
    """

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Minus the mean over the tokens."""
        half = of_tokens(evidence.answer.uniform_renyi, "uniform_renyi")
        return pooled(0.0 - fisher_rao(half), np.mean)
