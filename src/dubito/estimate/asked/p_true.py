"""P(True) of an answer beside drawn ones, and from drawn verdicts [kadavath2022]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dubito.estimate.asked.judged import judge_samples
from dubito.estimate.asked.ways import ways
from dubito.estimate.draws import drawn, refuse_fewer
from dubito.estimate.self_report import probability
from dubito.evidence import Evidence, Missing, Plan, Score


@dataclass(frozen=True)
class PTrueSampled:
    """1 - P(True) in [0, 1], where the model was shown K drawn answers before it judged its own.

    The first evidence is the question as it is, with K samples; the second is `read_verdict` of
    `prompt(first)`. Answers that contradict the proposed one tell the model that it might not
    know. Differs: no examples of judged answers stand before the question.
    """

    samples: int = 5

    def __post_init__(self) -> None:
        """Refuse to show nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples of the question, and the verdict of the second way."""
        return Plan(samples=self.samples, p_true=True)

    def prompt(self, first: Evidence) -> str:
        """How to ask for the verdict."""
        drawn(first, least=self.samples)
        return judge_samples(first, self.samples)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The complement.

        Raises:
            Missing: too few samples, or no verdict.
            ValueError: the verdict was asked for in another way.
        """
        first, judged = ways(evidence)[:2]
        if judged.prompt != self.prompt(first):
            raise ValueError(
                f"the second way asks {judged.prompt[:60]!r}, which does not show these "
                f"{self.samples} samples; ask with `prompt(first)`"
            )
        return Score(1 - probability(judged.p_true, "p_true"))


@dataclass(frozen=True)
class PTrueEmpirical:
    """Share of the drawn verdicts that call the answer false, in [0, 1], with its standard error.

    For models that show text alone. The first evidence is the question as it is, the others are
    the `drawn_verdicts` on its answer, n of them. Replies that say neither true nor false are
    left out: `parts["unread"]` is their share.
    """

    @property
    def plan(self) -> Plan:
        """What each reply states."""
        return Plan(stated=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The share; a single verdict has no standard error.

        Raises:
            Missing: no verdict that says true or false.
        """
        replies = ways(evidence)[1:]
        said = [probability(r.stated, "stated") for r in replies if r.stated is not None]
        if not said:
            raise Missing(f"none of {len(replies)} replies says true or false", "stated")
        n = len(said)
        error = float(np.std(said, ddof=1)) / math.sqrt(n) if n > 1 else None
        return Score(
            float(1 - np.mean(said)),
            parts={"unread": 1 - n / len(replies)},
            standard_error=error,
        )
