"""Doubt from the graph of drawn answers [lin2024], as triggers of retrieval in [dhole2025]."""

from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import refuse_fewer
from dubito.estimate.similarity import ENTAILMENT, JACCARD, Similarity
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.graphs import degree_doubt, eccentricity, soft_components


@dataclass(frozen=True)
class DegreeMatrix:
    """Doubt in [0, 1 - 1/K]: mean distance between two of K answers, itself included.

    By default one minus the Jaccard index of their words, which needs texts alone.
    Differs: equal texts have similarity 1 even without a word.
    """

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = JACCARD

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(degree_doubt(self.similarity.of_samples(evidence)))


@dataclass(frozen=True)
class Eccentricity:
    """Doubt >= 0: how far the answers lie from their centre in the graph's spectral space.

    0 when all are alike, sqrt(c - 1) for c groups without anything in common. Discontinuous
    where an eigenvalue passes the cut.
    """

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = ENTAILMENT
    cut: float = 0.9  # eigenvectors with smaller eigenvalues span the space

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(eccentricity(self.similarity.of_samples(evidence), cut=self.cut))


@dataclass(frozen=True)
class LaplacianEigenvalues:
    """Doubt in [1, K]: a soft number of meanings, the sum of max(0, 1 - eigenvalue)."""

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = ENTAILMENT

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(soft_components(self.similarity.of_samples(evidence)))
