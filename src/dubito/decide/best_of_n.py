"""The best of N drawn answers by certainty and vote [kang2025]: Borda voting."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.data.normalise import normalise
from dubito.data.numbers import as_number
from dubito.estimate.draws import drawn
from dubito.estimate.self_certainty import SelfCertainty
from dubito.evidence import Evidence, Floats, Integers, Missing, Plan

# The text of an answer -> what it comes to; None where it comes to nothing.
Outcome = Callable[[str], Hashable | None]


def plain_outcome(text: str) -> Hashable | None:
    """The number that a text is, else its words in one spelling; None where it has none."""
    number = as_number(text)
    return number if number is not None else normalise(text) or None


def borda_votes(n: int, power: float) -> Floats:
    """Votes of the ranks 1 to N, [N] falling: (N - r + 1)^power.

    Power 0 counts heads; at infinity the first rank alone has a vote.

    Raises:
        ValueError: a finite power whose votes no float holds.
    """
    if math.isinf(power):
        return np.eye(1, n)[0]
    if power * math.log(n) > 700:
        raise ValueError(f"{n} to the power of {power} is no float; give math.inf instead")
    return np.arange(n, 0, -1) ** float(power)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The answer that won, and what was counted; `votes` of each outcome, the winner's first."""

    answer: str
    sample: int  # its place among the samples
    votes: Mapping[Hashable, float]
    certainty: Floats  # [N] self-certainty of each sample, nats, at least 0


@dataclass(frozen=True)
class BordaVoting:
    """One of N drawn answers: votes by rank of self-certainty, pooled over equal outcomes.

    `power` 0 is the majority vote, infinity the most certain answer; between them a certain
    answer has more votes. Of the winning outcome's answers the first drawn is given. Answers
    without an outcome rank last and have no vote. Equal certainties keep the order of drawing;
    of outcomes with equal votes the one of the most certain answer wins.

    Give an `outcome` that finds the final answer in a reasoned text, else whole texts are
    compared. Differs: power 1.2, for 16 answers, where the published script has 0.5.
    """

    samples: int = 16
    _: KW_ONLY
    power: float = 1.2
    outcome: Outcome = plain_outcome

    def __post_init__(self) -> None:
        """Refuse an empty vote and one that prefers the doubtful."""
        if self.samples < 1 or not self.power >= 0:
            raise ValueError(
                f"samples must be at least 1 and power at least 0, got {self.samples} and "
                f"{self.power}"
            )

    @property
    def plan(self) -> Plan:
        """Samples with full distributions."""
        return Plan(samples=self.samples, sample_distributions=True)

    def __call__(self, evidence: Evidence) -> Chosen:
        """The choice.

        Raises:
            Missing: no samples, no distributions of them, or none with an outcome.
        """
        certainty = certainties(evidence)
        outcomes = [self.outcome(s.text) for s in evidence.samples]
        if all(o is None for o in outcomes):
            raise Missing(f"none of {len(outcomes)} samples comes to an answer; nothing to choose")
        order = ranking(np.where([o is None for o in outcomes], -np.inf, certainty))
        votes: dict[Hashable, float] = {}
        for row, given in zip(order, borda_votes(len(order), self.power), strict=True):
            if (o := outcomes[row]) is not None:
                votes[o] = votes.get(o, 0.0) + float(given)
        # a stable sort of what stands in the order of certainty
        votes = dict(sorted(votes.items(), key=lambda item: -item[1]))
        sample = outcomes.index(next(iter(votes)))
        return Chosen(evidence.samples[sample].text, sample, votes, certainty)


def ranking(certainty: Floats) -> Integers:
    """Places from the most certain to the least, equal ones in their order: [N]."""
    return np.argsort(-certainty, kind="stable")


def certainties(evidence: Evidence) -> Floats:
    """Self-certainty of each sample, at least 0, nats: [N].

    Raises:
        Missing: no samples, or no full distributions of one.
    """
    samples = drawn(evidence, least=1)
    for k, sample in enumerate(samples):
        if sample.uniform_kl is None:
            raise Missing(
                f"no uniform_kl of sample {k}; collect it with Plan(sample_distributions=True)",
                "uniform_kl",
            )
    doubt = SelfCertainty()
    return np.array([-doubt(Evidence(evidence.prompt, s)).doubt for s in samples])
