"""Forking paths analysis [bigelow2024] of one answer: how it is collected, what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dubito.estimate.asked.change_points import PiecewiseModel
from dubito.estimate.asked.forking import (
    Distance,
    Fork,
    drift,
    forking_scores,
    hazards,
    l1,
    outcomes_along,
    shares,
    survival,
)
from dubito.evidence import Floats, Integers, Plan, Score, measured
from dubito.evidence import Sequence as Answer

# Beginnings of an answer, in token ids -> the whole texts of n answers drawn from each.
Continue = Callable[[Sequence[tuple[int, ...]]], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class ForkingPaths:
    """Doubt in [0, 1]: probability that some drawn token would have changed the outcome.

    1 less the survival to the end of the text, the paper's static certainty; a token changes the
    outcome where it moves its distribution by `least` or more. Token values are forking scores.
    Parts: `changed`, the posterior probability of a change point in the drift of the outcome, for
    texts long enough for two segments.
    """

    threshold: float = 0.05  # least probability of another token that is followed
    least: float = 0.5  # distance of outcome distributions
    distance: Distance = l1
    model: PiecewiseModel = field(default_factory=PiecewiseModel)

    @property
    def plan(self) -> Plan:
        """The likeliest tokens at each position of the greedy answer."""
        return Plan(logprobs=True, top_k=20)

    def __call__(self, forks: Sequence[Fork]) -> Score:
        """The doubt of a text with a fork at each position.

        Raises:
            ValueError: no position.
        """
        if not forks:
            raise ValueError("no position of the text was explored; explore at least one")
        scores = forking_scores(forks, self.distance)
        lasting = survival(hazards(forks, least=self.least, distance=self.distance))
        parts = {}
        if len(forks) >= 2 * self.model.shortest:
            found = self.model(drift(outcomes_along(forks)))
            parts["changed"] = float(1 - found.number[0])
        return Score(float(1 - lasting[-1]), tokens=tuple(scores.tolist()), parts=parts)

    def explore(
        self, answer: Answer, go_on: Continue, outcome: Callable[[str], int], count: int
    ) -> list[Fork]:
        """The fork at each token of a greedy answer, its end token included.

        Args:
            answer: collected with this plan.
            go_on: draws continuations; `local_continuations` of a model in this process.
            outcome: the answer's whole text -> one of `count` outcomes, 0 and up.
        """
        top = measured(answer.top, "top")
        kept = [followed(*row, self.threshold) for row in zip(top.ids, top.logprobs, strict=True)]
        base = [int(i) for i in top.ids[:, 0]]  # greedy: the written token is the likeliest
        begun = [(*base[:t], int(w)) for t, (ids, _) in enumerate(kept) for w in ids]
        led = [shares([outcome(text) for text in texts], count) for texts in go_on(begun)]
        edges = np.cumsum([0, *(len(ids) for ids, _ in kept)])
        return [Fork(p, np.stack(led[edges[t] : edges[t + 1]])) for t, (_, p) in enumerate(kept)]


def followed(ids: Integers, logprobs: Floats, threshold: float) -> tuple[Integers, Floats]:
    """The likeliest token and all others above the threshold, with their probabilities."""
    p = np.exp(np.asarray(logprobs, dtype=np.float64))
    keep = p > threshold
    keep[0] = True
    return ids[keep], p[keep]
