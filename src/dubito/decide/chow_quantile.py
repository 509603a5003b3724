"""How much a larger model is needed, by one quantile of the tokens' surprise [gupta2024]."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from dubito.estimate.tokens import pooled, surprises
from dubito.evidence import Evidence, Floats, Plan, Score, Sequence

MOST = 100.0  # nats; between an infinite rank and a finite one there is no quantile


@dataclass(frozen=True)
class ChowQuantile:
    """Doubt in [0, 100], nats: minus the quantile at `level` of the tokens' log-probabilities.

    Level 0 is the least likely token, 1 the likeliest one. Defer where the doubt is high. Chow-Sum
    and Chow-Average are `SequenceProbability` and `Perplexity` of the estimators; of one token
    all of these are the same. Choose the level on questions that nothing is judged on.

    Differs: the paper's score is the confidence, minus this; surprise counts up to 100 nats.
    """

    level: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.level <= 1:
            raise ValueError(f"level must lie in [0, 1], got {self.level}")

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The quantile over the T tokens, the end token included."""
        return pooled(bounded(evidence.answer), partial(np.quantile, q=1 - self.level))


def bounded(answer: Sequence) -> Floats:
    """-log p in [0, 100] of each of T >= 1 tokens, nats [T]."""
    return np.minimum(surprises(answer), MOST)
