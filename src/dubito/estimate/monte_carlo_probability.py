"""Monte Carlo probability [kuhn2023]: how likely is a token of drawn answers."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.draws import drawn, log_likelihoods, refuse_fewer
from dubito.evidence import Evidence, Plan, Score


@dataclass(frozen=True)
class MonteCarloProbability:
    """Doubt in [0, 1]: 1 - mean over K samples of exp(mean logprob), each answer's mean token.

    Unlike an entropy it stays finite where a sample was impossible.
    Differs: uqlm, whose confidence is 1 - this doubt, counts the answer among the draws; here the
    answer is greedy and not a draw.
    """

    samples: int = 10

    def __post_init__(self) -> None:
        """Refuse a mean of nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples and their likelihoods."""
        return Plan(samples=self.samples, logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        logp = log_likelihoods(drawn(evidence, least=1), length_normalised=True)  # [K]
        return Score(float(1 - np.exp(logp).mean()))
