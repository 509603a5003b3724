"""Monte-Carlo entropy over whole answers [malinin2021], plain and length-normalised."""

from dataclasses import dataclass

from dubito.estimate.draws import drawn, log_likelihoods, refuse_fewer
from dubito.evidence import Evidence, Plan, Score


@dataclass(frozen=True)
class SequenceEntropy:
    """Mean -log p of K drawn answers >= 0, nats: an unbiased estimate of the answers' entropy.

    Unbiased for samples drawn at temperature 1. With `length_normalised` each answer counts with
    its mean over tokens: nats a token, comparable across lengths.
    """

    samples: int = 10
    length_normalised: bool = False

    def __post_init__(self) -> None:
        """Refuse a mean of nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples with log-probabilities."""
        return Plan(samples=self.samples, logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the samples."""
        samples = drawn(evidence, least=1)
        logp = log_likelihoods(samples, length_normalised=self.length_normalised)  # [K]
        return Score(0.0 - float(logp.mean()))
