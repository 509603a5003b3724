"""Claim-conditioned probability [fadeeva2024]: doubt of what is claimed, not of the wording."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.data.units import InUnits
from dubito.estimate.candidates import likely_choices
from dubito.estimate.units.unit_tokens import pooled_by_unit, unit_tokens
from dubito.evidence import Floats, Missing, Plan
from dubito.maths.entropy import logsumexp

RELATIONS = (-1, 0, 1)


def conditioned(logprobs: ArrayLike, relation: ArrayLike) -> Floats:
    """log of p(same claim) / p(same or contrary claim) at each token, <= 0, nats: [T, k] -> [T].

    `relation` is 1 where writing the candidate would entail what was written, the written token
    itself included, -1 where it would contradict it, and 0 where it would say something else,
    which does not count. Only ratios of the probabilities matter.

    Raises:
        ValueError: another shape or other values, or a place where nothing has relation 1.
    """
    logp, related = np.asarray(logprobs, dtype=np.float64), np.asarray(relation)
    if logp.ndim != 2 or logp.shape != related.shape:
        raise ValueError(f"relation must have the shape {logp.shape}, got {related.shape}")
    if not np.isin(related, RELATIONS).all():
        raise ValueError(f"relation holds {np.unique(related)}; it knows -1, 0 and 1")
    if not (related == 1).any(axis=1).all():
        raise ValueError("a place has no candidate of relation 1; the written token has it")
    same = logsumexp(np.where(related == 1, logp, -np.inf), axis=1)
    either = logsumexp(np.where(related != 0, logp, -np.inf), axis=1)
    impossible = np.isneginf(same)  # what was written has probability 0
    return np.where(impossible, -np.inf, np.minimum(same - np.where(impossible, 0, either), 0.0))


@dataclass(frozen=True)
class ClaimConditionedProbability:
    """1 - product over a unit's tokens of p(same claim) / p(same or contrary), [U] in [0, 1].

    0 where no likely token would have contradicted what was written. Mass on synonyms and on
    other things to talk about makes no doubt. A written token that is not among the k likeliest
    counts beside them.

    Differs: alternatives are tokens, judged in the unit as far as it was written, not words.
    """

    top_k: int = 10

    def __post_init__(self) -> None:
        """Refuse to compare a token with nothing."""
        if self.top_k < 2:
            raise ValueError(f"top_k must be at least 2, got {self.top_k}")

    @property
    def plan(self) -> Plan:
        """The likeliest tokens."""
        return Plan(logprobs=True, top_k=self.top_k)

    def __call__(self, told: InUnits) -> Floats:
        """The doubt of each unit; NaN for one without tokens."""
        answer = told.evidence.answer
        log_ratio = conditioned(*related_choices(told))  # [T]
        return pooled_by_unit(log_ratio, unit_tokens(answer, told.units), one_less_product)


def related_choices(told: InUnits) -> tuple[Floats, Floats]:
    """Log-probabilities and relations of the candidates and the written token, [T, k + 1] each."""
    if told.relation is None:
        raise Missing("no relation of the likely tokens; see estimate.units.token_relation")
    _, logp, choice = likely_choices(told.evidence.answer, least=0.0)  # [T, k + 1], [T]
    size, k = len(logp), logp.shape[1] - 1
    if told.relation.shape[0] != size or told.relation.shape[1] < k:
        raise ValueError(f"relation has shape {told.relation.shape}; it must be [{size}, {k}]")
    relation = np.column_stack([told.relation[:, :k], np.zeros(size, dtype=int)])
    relation[np.arange(size), choice] = 1
    return logp, relation


def one_less_product(log_ratio: Floats) -> float:
    """1 - exp(sum), in [0, 1]."""
    return float(-np.expm1(np.sum(log_ratio)))
