"""Contextualised sequence likelihood [lin2024b]: surprise weighed by what attention finds."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.attended import THROUGHOUT, attended, words_said
from dubito.estimate.tokens import pooled, surprises
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.maths.attention import among_answer, strongest_heads


@dataclass(frozen=True)
class CSL:
    """Doubt >= 0 in nats: mean surprise of the answer's tokens, weighed by attention to them.

    The weights are those that the answer's last token gives the tokens that were said, averaged
    over the heads that look at them most and scaled to sum 1. `tokens` are the terms, so they
    sum to the doubt. Even attention gives the mean surprise, and so do heads that look at none.
    Differs: the paper asks the model whether the answer is right and takes the attention of the
    end of that question; here the end token looks back, no question is asked. Heads are chosen
    by how much they look at this answer, not by their success on labelled ones.
    """

    heads: int = 10
    depths: tuple[float, ...] = THROUGHOUT

    def __post_init__(self) -> None:
        """Refuse no head, and no layer."""
        if self.heads < 1:
            raise ValueError(f"heads must be at least 1, got {self.heads}")
        if not self.depths:
            raise ValueError("depths must name at least one layer, got none")

    @property
    def plan(self) -> Plan:
        """Log-probabilities and attention."""
        return Plan(logprobs=True, attention=self.depths)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        surprise = surprises(evidence.answer)  # [T]
        looks = among_answer(attended(evidence.answer, len(surprise)))  # [L, H, T, T]
        said = words_said(evidence.answer, len(surprise))
        last = looks[:, :, -1, :said].reshape(-1, said)  # [L * H, said]
        share = np.zeros_like(surprise)
        share[:said] = shares(last, heads=self.heads)
        # A token that nobody looks at counts 0, not NaN, even where it is impossible.
        terms = np.multiply(share, surprise, out=np.zeros_like(surprise), where=share > 0)
        return pooled(terms, np.sum)


def shares(looks: Floats, *, heads: int) -> Floats:
    """Weights of sum 1 from the heads that look most: [N, T] -> [T]; even where all are 0."""
    chosen = strongest_heads(looks, heads=heads)
    mean = looks[chosen].mean(axis=0, dtype=np.float64)  # [T]
    total = mean.sum()
    return mean / total if total > 0 else np.full(len(mean), 1 / len(mean))
