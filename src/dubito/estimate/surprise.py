"""How unlikely the greedy answer's tokens are: sum [aichberger2024], mean and maximum."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import pooled, surprises
from dubito.evidence import Evidence, Plan, Score


@dataclass(frozen=True)
class SequenceProbability:
    """-log p(answer | prompt) >= 0, nats, the end token included: G-NLL [aichberger2024].

    exp(-doubt) is the answer's probability, at most that of the likeliest answer. It grows with
    length, so compare answers of one kind; of a cut answer it is that of its beginning.
    """

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Sum over the tokens."""
        return pooled(surprises(evidence.answer), np.sum)


@dataclass(frozen=True)
class Perplexity:
    """Mean -log p of a token >= 0, nats: the LOG of the answer's perplexity [fomicheva2020].

    A steady rate of surprise gives the same doubt at any length.
    """

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the tokens."""
        return pooled(surprises(evidence.answer), np.mean)


@dataclass(frozen=True)
class MinTokenProbability:
    """-log p >= 0, nats, of the least likely token of the answer [manakul2023]."""

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Maximum over the tokens."""
        return pooled(surprises(evidence.answer), np.max)
