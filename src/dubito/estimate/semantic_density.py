"""Semantic density [qiu2024]: the likelihood that lies near the greedy answer in meaning."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.draws import (
    drawn,
    likeliest_of_each_text,
    log_likelihoods,
    log_shares,
    refuse_fewer,
)
from dubito.estimate.similarity import distance
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.meanings import both_directions


@dataclass(frozen=True)
class SemanticDensity:
    """Doubt in [0, 1]: 1 - density, the share of likelihood near the greedy answer.

    References are the greedy answer, at distance 0, and each other drawn text once, weighed by
    exp(mean logprob); their kernel is 1 - squared distance, P(contradiction) + P(neutral) / 2.
    Differs: references are drawn, not beams; the answer's distance from itself is 0 whatever a
    judge says.
    """

    samples: int = 10
    _: KW_ONLY
    one_direction: bool = False  # the answer as premise only; else the mean of both directions

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples, likelihoods, and who entails or contradicts whom."""
        return Plan(samples=self.samples, logprobs=True, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        references = (evidence.answer, *drawn(evidence, least=1))
        far = distance(evidence)  # [1+K, 1+K]
        from_answer = far[0] if self.one_direction else both_directions(far)[0]
        same = [s.text == evidence.answer.text for s in references]
        logp = log_likelihoods(references, length_normalised=True)  # [1+K]
        once = likeliest_of_each_text(references, logp)  # [U]
        share = np.exp(log_shares(logp[once]))
        return Score(float(share @ np.where(same, 0.0, from_answer)[once]))
