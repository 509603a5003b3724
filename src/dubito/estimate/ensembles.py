"""Doubt of several models, or of one model's passes with dropout on [malinin2021]."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import NDArray

from dubito.estimate.asked.ways import ways
from dubito.estimate.draws import drawn, log_likelihoods
from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Floats, Missing, Plan, Score
from dubito.maths.ensemble_sequences import chain_doubts, joint_doubts
from dubito.maths.ensembles import EnsembleDoubts, mixture


@dataclass(frozen=True, eq=False)
class Members:
    """What M members say at each token of S answers that the ensemble has drawn."""

    logp: Floats  # [M, S, T, V] nats, temperature 1
    kept: NDArray[np.bool_]  # [S, T] tokens of the answers, the end token included; no padding


def knowledge(doubts: EnsembleDoubts) -> float:
    """Mutual information of token and member, in [0, log M]."""
    return float(doubts.knowledge)


def pairs(doubts: EnsembleDoubts) -> float:
    """EPKL, the mean divergence of two members, >= 0."""
    return float(doubts.pairs)


def reverse(doubts: EnsembleDoubts) -> float:
    """Reverse mutual information, >= 0."""
    return float(doubts.reverse)


@dataclass(frozen=True)
class EnsembleDoubt:
    """Doubt >= 0 in nats a token: how far the members are from one another.

    Average of the measure over the tokens of each answer, then over the answers. It leaves out
    what every member calls random: `parts` has the mean of their own entropies as aleatoric, their
    mutual information as epistemic; the two sum to the entropy of their mean.
    """

    measure: Callable[[EnsembleDoubts], float] = knowledge

    @property
    def plan(self) -> Plan:
        """Nothing of one model's evidence; the members' distributions are arrays."""
        return Plan()

    def __call__(self, members: Members) -> Score:
        """The doubt; infinite by EPKL and reverse information where a member excludes a token."""
        doubts = chain_doubts(members.logp, members.kept)
        parts = {"aleatoric": float(doubts.data), "epistemic": float(doubts.knowledge)}
        return Score(self.measure(doubts), parts=parts)


@dataclass(frozen=True)
class EnsembleSequence:
    """Doubt in nats a token: reverse mutual information of whole answers.

    One evidence for each of M members, which has read (`lm.read`) the same K answers, drawn from
    all members in turn. At least 0 but for the noise of few answers; `parts["total"]` is the
    ensemble's surprise at its own answers.
    """

    samples: int = 10
    _: KW_ONLY

    def __post_init__(self) -> None:
        """Refuse to read nothing."""
        if self.samples < 1:
            raise ValueError(f"samples must be at least 1, got {self.samples}")

    @property
    def plan(self) -> Plan:
        """Samples, the same for all members, and their log-probabilities."""
        return Plan(samples=self.samples, logprobs=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from at least two members."""
        read = [drawn(e, least=1)[: self.samples] for e in ways(evidence)]
        if len({tuple(s.text for s in answers) for answers in read}) > 1:
            raise Missing("the members have read different answers; give all the same to read")
        each = np.stack([log_likelihoods(answers) for answers in read])  # [M, K]
        tokens = [len(surprises(s)) for s in read[0]]
        doubts = joint_doubts(each, mixture(each), tokens)
        return Score(doubts.reverse, parts={"total": doubts.total})
