"""Semantic entropy [farquhar2024, kuhn2023]: the entropy of what the drawn answers mean."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.draws import (
    drawn,
    likeliest_of_each_text,
    log_likelihoods,
    log_shares,
    of_answers,
    refuse_fewer,
)
from dubito.evidence import Evidence, Integers, Plan, Score
from dubito.maths.entropy import entropy, group_logsumexp
from dubito.maths.meanings import mutual_classes


@dataclass(frozen=True)
class SemanticEntropy:
    """Doubt in nats: 0 when all K answers mean the same, at most the log of their meanings.

    A meaning weighs the likelihoods of its different texts, normalised over the meanings. A
    likelihood is exp(mean logprob), or that of the whole sequence.
    Differs: a text drawn n times counts once, since its likelihood says already how often it is
    drawn; answers are grouped by chains of mutual entailment, not against one representative.
    """

    samples: int = 10
    _: KW_ONLY
    length_normalised: bool = True
    threshold: float = 0.5  # of entailment, in each direction

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples, their likelihoods, who entails whom."""
        return Plan(samples=self.samples, logprobs=True, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        meanings = meanings_of_samples(evidence, self.threshold)  # [K]
        logp = log_likelihoods(evidence.samples, length_normalised=self.length_normalised)
        once = likeliest_of_each_text(evidence.samples, logp)  # [U]
        mass = group_logsumexp(logp[once], meanings[once])  # [M <= U]
        return Score(float(entropy(log_shares(mass))))


@dataclass(frozen=True)
class DiscreteSemanticEntropy:
    """Doubt in nats: entropy of how often each meaning was drawn, in [0, log K].

    Needs no log-probabilities; here each draw counts, repeated texts too.
    """

    samples: int = 10
    _: KW_ONLY
    threshold: float = 0.5  # of entailment, in each direction

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples and who entails whom."""
        return Plan(samples=self.samples, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        # Sorted, so that equal counts tie to the last bit whichever meaning came first.
        count = np.sort(np.bincount(meanings_of_samples(evidence, self.threshold)))  # [M]
        return Score(float(entropy(np.log(count / count.sum()))))


@dataclass(frozen=True)
class SemanticSets:
    """Doubt as the number of different meanings among K answers [lin2024], in [1, K]."""

    samples: int = 10
    _: KW_ONLY
    threshold: float = 0.5  # of entailment, in each direction

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples and who entails whom."""
        return Plan(samples=self.samples, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(float(meanings_of_samples(evidence, self.threshold).max() + 1))


def meanings_of_samples(evidence: Evidence, threshold: float) -> Integers:
    """The meaning of each drawn answer, numbered by first appearance, [K]."""
    drawn(evidence)
    entailment = of_answers(evidence, evidence.entailment, "entailment")
    return mutual_classes(entailment[1:, 1:], threshold=threshold)
