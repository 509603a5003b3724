"""Probability margin [scheffer2001]: how close the second choice comes at each token."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import of_tokens, pooled
from dubito.evidence import Evidence, Floats, Missing, Plan, Score


@dataclass(frozen=True)
class ProbabilityMargin:
    """Mean of 1 - (p1 - p2) over the tokens, in [0, 1]; 1 when the two likeliest always tie.

    p1 and p2 are the two greatest probabilities at each position, whichever token was chosen.
    Where a server returned only one token the doubt takes p2 = 0, and `bounds` says how far it
    could rise: p2 is at most p1 and at most 1 - p1.
    """

    @property
    def plan(self) -> Plan:
        """The two likeliest tokens."""
        return Plan(top_k=2)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the tokens."""
        first, second = two_greatest(evidence)
        score = pooled(1 - first + second, np.mean)
        unknown = second == 0
        if not unknown.any():
            return score
        most = np.where(unknown, np.minimum(first, 1 - first), second)
        return Score(
            score.doubt, tokens=score.tokens, bounds=(score.doubt, float(np.mean(1 - first + most)))
        )


def two_greatest(evidence: Evidence) -> tuple[Floats, Floats]:
    """Probabilities of the two likeliest tokens at each position, [T] and [T]; 0: not returned."""
    top = evidence.answer.top
    likely = np.exp(of_tokens(None if top is None else top.logprobs, "top"))  # [T, k]
    if likely.shape[1] < 2:
        raise Missing(f"top {likely.shape[1]} tokens were collected; a margin needs Plan(top_k=2)")
    if not likely[:, 0].all():
        raise Missing(f"no likely token was returned for token {int(likely[:, 0].argmin())}")
    return np.minimum(likely[:, 0], 1.0), likely[:, 1]
