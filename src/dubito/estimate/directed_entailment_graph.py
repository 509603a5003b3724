"""Directional entailment graph [da2024]: a soft number of meanings that keeps who entails whom."""

from dataclasses import dataclass

from dubito.estimate.draws import drawn, of_answers, refuse_fewer
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.directed_graphs import walk_components


@dataclass(frozen=True)
class DirectedEntailmentGraph:
    """Doubt in [1, K]: sum of max(0, 1 - Re eigenvalue) of the random-walk Laplacian I - D^(-1) W.

    W [K, K] is the entailment between drawn answers, row to column. Where it is symmetric this is
    `LaplacianEigenvalues`; one that leads only one way, from a specific answer to a vague one,
    counts for more doubt.
    Differs: without the paper's augmentation of claims. TruthTorchLM adds the Jaccard index of
    the words to W and 1e-6 to each degree.
    """

    samples: int = 10

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples and who entails whom."""
        return Plan(samples=self.samples, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        drawn(evidence)
        entailment = of_answers(evidence, evidence.entailment, "entailment")
        return Score(walk_components(entailment[1:, 1:]))
