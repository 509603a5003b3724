"""BoostedProb [dinh2025]: a token among the dominant ones has the probability of them all."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.probability_margin import two_greatest
from dubito.estimate.tokens import pooled, surprises
from dubito.evidence import Evidence, Floats, Plan, Score


@dataclass(frozen=True)
class BoostedProbability:
    """Mean of 1 - boosted probability over the tokens, in [0, 1].

    Sorted by probability, the tokens down to the last steep drop are dominant: one of more than
    `share` of the token before it and of more than `least`. A chosen token among them is boosted
    to their whole mass, since where several wordings are right none of them is likely alone.
    Differs: reads the k likeliest tokens, where the paper sorts the whole vocabulary; `bounds`
    says how far the doubt falls if there was a drop further down. 1 - the paper's score.
    """

    top_k: int = 20
    _: KW_ONLY
    share: float = 0.3
    least: float = 0.005

    def __post_init__(self) -> None:
        """Refuse a list without a drop, and drops that none or all are."""
        if self.top_k < 2:
            raise ValueError(f"top_k must be at least 2 to see a drop, got {self.top_k}")
        if not 0 < self.share < 1 or not 0 < self.least < 1:
            raise ValueError(f"share and least must be in (0, 1), got {self.share}, {self.least}")

    @property
    def plan(self) -> Plan:
        """The chosen tokens' log-probabilities and the likeliest tokens."""
        return Plan(logprobs=True, top_k=self.top_k)

    def __call__(self, evidence: Evidence) -> Score:
        """Mean over the tokens."""
        two_greatest(evidence)  # says what is missing
        assert evidence.answer.top is not None
        likely = np.exp(np.asarray(evidence.answer.top.logprobs, dtype=np.float64))  # [T, k]
        chosen = np.exp(-surprises(evidence.answer))  # [T]
        boosted, closed = self.boost(chosen, likely)
        score = pooled(1 - boosted, np.mean)
        if closed.all():
            return score
        lowest = float(np.mean(np.where(closed, 1 - boosted, 0.0)))
        return Score(score.doubt, tokens=score.tokens, bounds=(lowest, score.doubt))

    def boost(self, chosen: Floats, likely: Floats) -> tuple[Floats, np.ndarray]:
        """Boosted probabilities [T], and whether unlisted tokens cannot change them [T].

        `chosen` is [T], `likely` [T, k] falling, 0 where a token was not returned.
        """
        rest = np.maximum(1 - likely.sum(axis=1, keepdims=True), 0.0)  # [T, 1]
        after = np.pad(likely[:, 1:], ((0, 0), (0, 1)))
        # What is not listed is at most the rest, so a drop to the rest is a drop for certain.
        after = np.where(after > 0, after, rest)
        drop = likely - after > np.maximum(self.share * likely, self.least)  # [T, k]
        last = drop.shape[1] - 1 - drop[:, ::-1].argmax(axis=1)  # [T]
        rows = np.arange(len(likely))
        edge = (likely[rows, last] + after[rows, last]) / 2
        mass = np.minimum(likely.cumsum(axis=1)[rows, last], 1.0)
        boosted = np.where(drop.any(axis=1) & (chosen > edge), mass, chosen)
        listed = (likely > 0).sum(axis=1) - 1  # [T] place of the last listed token
        least_listed = likely[rows, listed]
        closed = (np.minimum(least_listed, rest[:, 0]) <= self.least) & (
            drop[rows, listed] | (least_listed <= self.least)
        )
        return np.minimum(boosted, 1.0), closed
