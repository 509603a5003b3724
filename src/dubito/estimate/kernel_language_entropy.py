"""Kernel language entropy [nikitin2024]: von Neumann entropy of a heat kernel over answers."""

from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import refuse_fewer, refuse_outside
from dubito.estimate.similarity import AGREEMENT, Similarity
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.kernels import heat_kernel, unit_trace, von_neumann_entropy


@dataclass(frozen=True)
class KernelLanguageEntropy:
    """Doubt in (0, log K] nats: log K when no two answers are alike, least when all are equal.

    The graph's weights are P(entailment) + P(neutral) / 2; heat flows along them for time t.
    Differs: soft judgements, where the paper takes the judge's likeliest label; their two
    directions averaged, not added.
    """

    samples: int = 10
    _: KW_ONLY
    t: float = 0.3
    similarity: Similarity = AGREEMENT

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair, and heat that does not flow forward."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.t, "t")

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        kernel = heat_kernel(self.similarity.of_samples(evidence), t=self.t)
        return Score(von_neumann_entropy(unit_trace(kernel)))
