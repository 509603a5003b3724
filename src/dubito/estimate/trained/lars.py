"""LARS [yaldiz2024]: which tokens' probabilities betray an error is learnt from labels."""

import zlib
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from dubito.estimate.tokens import surprises
from dubito.estimate.trained.training import of_both_classes, refuse_unfitted
from dubito.evidence import Evidence, Floats, Missing, Plan, Score
from dubito.evidence import Sequence as Answer
from dubito.maths.logistic import fit_logistic

SURE = 1e-9  # labels stand this far from 0 and 1, inside which the fit wants them


class Lars:
    """Doubt in [0, 1]: probability of being wrong, by a learnt weight for each token.

    A token's weight depends on its bin, one of equally filled bins of probability, on its word,
    hashed to one of `words` buckets, and on both together; log odds are the mean of the weights.
    `words` = 0 looks at probabilities alone.
    Differs: a logistic regression of counts in place of a fine-tuned RoBERTa, so tokens do not
    interact, their order and the question are not read, and a few hundred labels will do.
    """

    def __init__(self, *, bins: int = 8, words: int = 64, l2: float = 0.03) -> None:
        if bins < 2 or words < 0 or not l2 > 0:
            raise ValueError(
                f"needs bins >= 2, words >= 0 and l2 > 0, got {bins}, {words} and {l2}"
            )
        self.bins = bins
        self.words = words
        self.l2 = l2

    @property
    def plan(self) -> Plan:
        """Log-probabilities of the tokens."""
        return Plan(logprobs=True)

    def fit(self, evidence: Sequence[Evidence], wrong: ArrayLike) -> Self:
        """Learn `edges_` between bins, nats, and `weights_`, `intercept_` of the regression.

        Raises:
            ValueError: labels of one class.
        """
        known = of_both_classes(evidence, wrong)
        seen = np.concatenate([surprises(e.answer) for e in known.evidence])
        seen = seen[np.isfinite(seen)]
        if not len(seen):
            raise ValueError("every token of the fit has probability 0; there are no bins")
        self.edges_ = np.quantile(seen, np.arange(1, self.bins) / self.bins)  # [bins - 1]
        features = np.stack([self.shares(e.answer) for e in known.evidence])
        targets = np.clip(known.wrong.astype(np.float64), SURE, 1 - SURE)
        self.weights_, self.intercept_ = fit_logistic(features, targets, l2=self.l2)
        return self

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        refuse_unfitted(self)
        logit = self.shares(evidence.answer) @ self.weights_ + self.intercept_
        return Score(float(expit(logit)))

    def shares(self, answer: Answer) -> Floats:
        """Share of the tokens in each bin, in each bucket, and in each pair of them."""
        which = np.searchsorted(self.edges_, surprises(answer), side="right")  # [T]
        by_bin = np.bincount(which, minlength=self.bins) / len(which)
        if not self.words:
            return by_bin
        bucket = np.array([self.bucket(token) for token in words_of(answer, len(which))])
        pairs = np.bincount(bucket * self.bins + which, minlength=self.words * self.bins)
        pairs = pairs.reshape(self.words, self.bins) / len(which)
        return np.concatenate([by_bin, pairs.sum(axis=1), pairs.ravel()])

    def bucket(self, token: str) -> int:
        """The same in every process, unlike `hash`; case and space around it do not count."""
        return zlib.crc32(token.strip().lower().encode("utf-8", "replace")) % self.words


def words_of(answer: Answer, length: int) -> tuple[str, ...]:
    """The answer's tokens, one for each log-probability."""
    if len(answer.tokens) != length:
        raise Missing(f"{len(answer.tokens)} tokens for {length} log-probabilities")
    return answer.tokens
