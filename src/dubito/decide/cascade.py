"""A cheap model for everything and a costly one for what is doubtful: a cascade [gupta2024]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dubito.estimate.scoring import score_one
from dubito.estimate.surprise import Perplexity
from dubito.evidence import Estimator, Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector

CHOW_AVERAGE = Perplexity()


@dataclass(frozen=True, slots=True)
class Served:
    """An answer, the doubt of the small model's own one, and who gave it."""

    text: str
    doubt: float  # NaN where it could not be measured; such an answer is deferred
    deferred: bool
    small_text: str


@dataclass(frozen=True)
class Cascade:
    """The small model's answer, or the large one's where the doubt is above the threshold.

    Any estimator serves, `LearnedDeferral.rule()` too. Set the threshold by the rate of deferral
    that can be paid for, with `dubito.maths.deferral.threshold_at_rate` on the doubts of some
    hundred questions: inf keeps all, -inf defers all.

    Raises:
        ValueError: a threshold that is NaN.
    """

    estimator: Estimator = CHOW_AVERAGE
    threshold: float = math.inf

    def __post_init__(self) -> None:
        """Refuse a threshold that decides nothing."""
        if math.isnan(self.threshold):
            raise ValueError("the threshold is NaN; give a number, inf to keep or -inf to defer")

    def __call__(
        self,
        small: Collector,
        large: Collector,
        prompts: Sequence[str],
        generation: Generation | None = None,
    ) -> list[Served]:
        """An answer to each prompt; the large model sees only those that are deferred."""
        seen = small(prompts, self.estimator.plan, generation)
        doubts = [score_one(e, self.estimator, errors=False).doubt for e in seen]
        passed = [i for i, doubt in enumerate(doubts) if self.defers(doubt)]
        better = dict(
            zip(passed, large([prompts[i] for i in passed], Plan(), generation), strict=True)
        )
        return [
            Served(better.get(i, e).answer.text, doubt, i in better, e.answer.text)
            for i, (e, doubt) in enumerate(zip(seen, doubts, strict=True))
        ]

    def defers(self, doubt: float) -> bool:
        """Is it above the threshold, or unknown?"""
        return not doubt <= self.threshold
