"""The best of a few drawn answers by what the others say [khairi2025]: MBR and X-MBR."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.draws import log_likelihoods
from dubito.estimate.similarity import COSINE, Similarity, texts
from dubito.evidence import Evidence, Floats, Missing, Plan


class PoolQuality(NamedTuple):
    """What a pool holds, whatever is picked of it; each [...]."""

    hope: Floats  # its best
    risk: Floats  # its worst
    mean: Floats


def pool_quality(quality: ArrayLike) -> PoolQuality:
    """Of the qualities of N answers, higher is better: [..., N] -> [...]."""
    q = np.asarray(quality, dtype=np.float64)
    return PoolQuality(q.max(axis=-1), q.min(axis=-1), q.mean(axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """The answer that won its pool, and the score of each member, higher is better."""

    answer: str
    place: int  # 0 the greedy answer, 1 + k sample k
    score: Floats  # [N]


def picked(evidence: Evidence, score: Floats) -> Picked:
    """The member with the highest score; of equals the first, so the greedy answer if it is one."""
    place = int(np.argmax(score))
    return Picked(texts(evidence)[place], place, score)


def expected_utility(utility: ArrayLike) -> Floats:
    """Mean utility of each of N candidates against E answers as evidence: [..., N, E] -> [..., N].

    The evidence includes the candidate itself, here and in all that follows.

    Raises:
        ValueError: no evidence, or a NaN.
    """
    u = np.asarray(utility, dtype=np.float64)
    if not u.shape[-1] or np.isnan(u).any():
        raise ValueError(
            f"utilities of shape {u.shape} with {np.isnan(u).sum()} NaN; give each candidate a "
            "number for each of at least one answer"
        )
    return u.mean(axis=-1)


@dataclass(frozen=True)
class MinimumBayesRisk:
    """Of the greedy answer and K samples the one most like all of them [kumar2004], N = 1 + K.

    The greedy answer is in the pool to bound its risk, which grows with the temperature; draw the
    samples at 0.7 to 1. With `pivot`, the same prompt's answers in another language, these count
    as evidence too (X-MBR) but cannot win. The similarity then has to see through the language,
    as a multilingual encoder does; check the winner's language, since others reward answers that
    borrow from the pivot's.
    """

    samples: int = 4
    _: KW_ONLY
    similarity: Similarity = COSINE

    def __post_init__(self) -> None:
        """Refuse a pool of less than the greedy answer."""
        if self.samples < 0:
            raise ValueError(f"samples must be at least 0, got {self.samples}")

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs; also of the pivot."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence, pivot: Evidence | None = None) -> Picked:
        """The choice; the score is the mean similarity.

        Raises:
            Missing: what the similarity needs was not collected, or not of the pivot.
        """
        seen = evidence if pivot is None else beside(evidence, pivot)
        candidates = 1 + len(evidence.samples)
        return picked(evidence, expected_utility(self.similarity(seen)[:candidates]))


@dataclass(frozen=True)
class MostLikely:
    """Of the greedy answer and K samples the one of the highest likelihood, a baseline.

    The score is the mean log-probability of a token, nats; in sum, short answers would win.
    """

    samples: int = 4

    @property
    def plan(self) -> Plan:
        """Samples and likelihoods."""
        return Plan(samples=self.samples, logprobs=True)

    def __call__(self, evidence: Evidence) -> Picked:
        """The choice; `Missing` without log-probabilities."""
        pool = (evidence.answer, *evidence.samples)
        return picked(evidence, log_likelihoods(pool, length_normalised=True))


def beside(evidence: Evidence, pivot: Evidence) -> Evidence:
    """The evidence with the pivot's answers as further samples.

    Embeddings are of each answer alone and stand together; what was judged between answers has
    to be judged anew, with `Collector.enrich`.

    Raises:
        Missing: one of the two has embeddings and the other has none.
    """
    ours, theirs = evidence.embeddings, pivot.embeddings
    if (ours is None) != (theirs is None):
        lacking = "evidence" if ours is None else "pivot"
        raise Missing(
            f"no embeddings of the {lacking}; collect both with Plan(embeddings=True)", "embeddings"
        )
    both = None if ours is None or theirs is None else np.vstack([ours, theirs])
    return replace(
        evidence,
        samples=(*evidence.samples, pivot.answer, *pivot.samples),
        embeddings=both,
        entailment=None,
        contradiction=None,
        matching=None,
    )
