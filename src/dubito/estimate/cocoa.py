"""CoCoA [vashurin2025]: the surprise of an answer times its disagreement with drawn ones."""

import math
from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import drawn, log_likelihoods, refuse_fewer
from dubito.estimate.similarity import COSINE, Similarity
from dubito.evidence import Evidence, Plan, Score


@dataclass(frozen=True)
class CoCoA:
    """Doubt >= 0 in nats: -log p(greedy answer) times its mean dissimilarity to K samples.

    0 when all samples are like the answer, at most the answer's surprise. This is the paper's
    variant for sequence probability; an answer of probability 0 has infinite doubt.
    Differs: similarity by a sentence encoder, where the paper takes a cross-encoder.
    """

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = COSINE

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples, the answer's likelihood, and what their similarity needs."""
        return Plan(samples=self.samples, logprobs=True) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        drawn(evidence, least=1)
        surprise = -float(log_likelihoods([evidence.answer])[0])
        disagreement = float((1 - self.similarity(evidence)[0, 1:]).mean())
        # Infinity times 0 has no value, and agreement does not make the impossible likely.
        return Score(surprise if math.isinf(surprise) else surprise * disagreement)
