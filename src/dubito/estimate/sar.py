"""Shifting attention to relevance [duan2024]: surprise that filler words cannot dominate."""

from collections.abc import Sequence as Many
from dataclasses import KW_ONLY, dataclass

import numpy as np
from scipy.special import logsumexp

from dubito.estimate.draws import drawn, log_likelihoods, refuse_fewer, refuse_outside
from dubito.estimate.similarity import COSINE, Similarity
from dubito.estimate.tokens import of_tokens, pooled, surprises
from dubito.evidence import Evidence, Floats, Plan, Score, Sequence


@dataclass(frozen=True)
class TokenSAR:
    """Doubt >= 0 in nats: relevance-weighted mean surprise of the greedy answer's tokens.

    `tokens` are the terms of that mean, so they sum to the doubt. Equal relevances give the
    mean token surprise, and so do relevances that are all 0.
    """

    @property
    def plan(self) -> Plan:
        """Log-probabilities and relevances of the greedy answer."""
        return Plan(logprobs=True, relevance=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return pooled(relevant_surprise(evidence.answer), np.sum)


@dataclass(frozen=True)
class SentenceSAR:
    """Doubt in nats, any real number: mean surprise of K answers, each helped by its likes.

    An answer's probability grows by 1/t times that of each other answer, weighed by their
    similarity; without any it is the mean surprise of whole answers. Only its order matters.
    Repeated texts are other answers, as in the paper.
    Differs: similarity by a sentence encoder, where the paper takes a cross-encoder; sums in
    log space, so without the 1e-12.
    """

    samples: int = 10
    _: KW_ONLY
    t: float = 1e-3
    similarity: Similarity = COSINE

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair, and a t that is not a temperature."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.t, "t")

    @property
    def plan(self) -> Plan:
        """Samples, likelihoods, and what their similarity needs."""
        return Plan(samples=self.samples, logprobs=True) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        logp = log_likelihoods(drawn(evidence))
        near = self.similarity.of_samples(evidence)
        return Score(float(supported_surprise(logp, near, t=self.t).mean()))


@dataclass(frozen=True)
class SAR:
    """Doubt in nats, any real number: `SentenceSAR` with exp(-TokenSAR) as an answer's probability.

    Without any similarity it is the mean TokenSAR of the K answers. Only its order matters.
    Differs: as `SentenceSAR`.
    """

    samples: int = 10
    _: KW_ONLY
    t: float = 1e-3
    similarity: Similarity = COSINE

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair, and a t that is not a temperature."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.t, "t")

    @property
    def plan(self) -> Plan:
        """Samples, their tokens' log-probabilities and relevances, and their similarity's needs."""
        mine = Plan(samples=self.samples, logprobs=True, relevance=True)
        return mine | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        logp = token_sar_likelihoods(drawn(evidence))
        near = self.similarity.of_samples(evidence)
        return Score(float(supported_surprise(logp, near, t=self.t).mean()))


def relevant_surprise(sequence: Sequence) -> Floats:
    """Each token's surprise times its share of the answer's relevance, [T] >= 0 nats."""
    surprise = surprises(sequence)
    relevance = of_tokens(sequence.relevance, "relevance")
    total = relevance.sum()
    share = relevance / total if total > 0 else np.full(len(surprise), 1 / len(surprise))
    # An impossible token without relevance counts 0, not NaN.
    return np.multiply(share, surprise, out=np.zeros_like(surprise), where=share > 0)


def token_sar_likelihoods(sequences: Many[Sequence]) -> Floats:
    """Minus the TokenSAR of each answer, in place of its log-probability, [K] nats."""
    return np.array([-relevant_surprise(s).sum() for s in sequences])


def supported_surprise(logp: Floats, similarity: Floats, *, t: float) -> Floats:
    """-log(p_j + sum over k != j of S_jk p_k / t): [K], [K, K] -> [K] nats."""
    with np.errstate(divide="ignore"):
        log_similarity = np.log(similarity)
    np.fill_diagonal(log_similarity, -np.inf)
    support = logsumexp(log_similarity + logp, axis=1) - np.log(t)  # [K]
    return -np.logaddexp(logp, support)
