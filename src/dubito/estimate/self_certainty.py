"""Self-certainty [kang2025]: how far the next-token distributions are from uniform."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import of_tokens, pooled
from dubito.evidence import Evidence, Missing, Plan, Score


@dataclass(frozen=True)
class SelfCertainty:
    """Minus the mean over tokens of KL(uniform || p), at most 0, nats; 0 when all are uniform.

    KL(uniform || p) = -mean_v log p_v - log V averages over the whole vocabulary, so it does not
    depend on the chosen token and has no upper limit; the paper's confidence is minus our doubt.
    Comparable only within one vocabulary.

    Differs: needs the full distribution, never a top-k one; the end token counts; position t is
    the distribution that gave token t (the published script is one position late).
    """

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Minus the mean over the tokens.

        Raises:
            Missing: a distribution gives some token of the vocabulary probability 0.
        """
        distance = of_tokens(evidence.answer.uniform_kl, "uniform_kl")
        # An infinite certainty says that the vocabulary was masked, not that the answer is right.
        if np.isinf(distance).any():
            raise Missing(
                f"KL(uniform || p) of token {int(np.isinf(distance).argmax())} is infinite: the "
                "vocabulary has tokens of probability 0; collect it without masked or padded ids"
            )
        return pooled(0.0 - distance, np.mean)
