"""Variation ratios under a replaced token [huang2023]: where does the answer go from there?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dubito.estimate.asked.ways import pooled, ways
from dubito.estimate.tokens import of_tokens
from dubito.estimate.variation_ratio import SampleDeparture, SampleVariation
from dubito.evidence import Evidence, Floats, Plan, Score, measured
from dubito.evidence import Sequence as Answer

Point = Callable[[Floats], int]  # entropies [T] -> the position to perturb


def most_open(entropies: Floats) -> int:
    """Where the choice of a token was most open: [T] -> position."""
    return int(np.argmax(entropies))


def most_settled(entropies: Floats) -> int:
    """Where the choice of a token was least open: [T] -> position."""
    return int(np.argmin(entropies))


def steepest(entropies: Floats) -> int:
    """Where the entropy rises most over that of the token before; the only token of one."""
    return 1 + int(np.argmax(np.diff(entropies))) if len(entropies) > 1 else 0


POINTS: tuple[Point, ...] = (most_open, most_settled, steepest)


@dataclass(frozen=True, slots=True)
class Replacement:
    """An answer's beginning up to a position, and another token to put there."""

    position: int
    kept: tuple[int, ...]  # token ids before it
    token: int  # id

    @property
    def beginning(self) -> tuple[int, ...]:
        """The token ids with which the regenerated answer begins."""
        return (*self.kept, self.token)


def replacements(
    answer: Answer, *, points: Sequence[Point] = POINTS, alternatives: int = 4
) -> tuple[Replacement, ...]:
    """The second to (1 + alternatives)-th likeliest tokens at each point, each position once.

    The greedy answer's own tokens are the likeliest ones. Tokens that a server did not return
    are left out.
    """
    top = measured(answer.top, "top")
    entropies = of_tokens(answer.entropies, "entropies")
    ids, logprobs = top.ids, top.logprobs  # [T, k]
    found = []
    for t in dict.fromkeys(point(entropies) for point in points):
        kept = tuple(ids[:t, 0].tolist())
        known = logprobs[t, 1 : 1 + alternatives] > -np.inf
        found += [Replacement(t, kept, i) for i in ids[t, 1 : 1 + alternatives][known].tolist()]
    return tuple(found)


@dataclass(frozen=True)
class Perturbed:
    """Doubt in [0, 2]: distance in meaning of the answers that go on from a replaced token.

    `ratio` is taken over them: from the greedy answer (VRO) or from each other (VR). First the
    question as it is, then each of the answer's `replacements` with the greedy rest, those of all
    three points in one list (`dubito.models.regenerate.regenerate` of their beginnings, then
    `Collector.enrich` for the embeddings). Ways beyond these are not read.
    """

    ratio: SampleDeparture | SampleVariation = SampleDeparture(4)  # noqa: RUF009 - frozen
    point: Point = most_open

    @property
    def plan(self) -> Plan:
        """Full distributions and the likeliest tokens, to find them; embeddings."""
        return Plan(distribution=True, top_k=1 + self.ratio.samples, embeddings=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from the answer and its regenerations."""
        first = ways(evidence, least=1)[0]
        every = replacements(first.answer, alternatives=self.ratio.samples)
        again = ways(evidence, least=1 + len(every))[1:]
        here = self.point(of_tokens(first.answer.entropies, "entropies"))
        mine = [e for one, e in zip(every, again, strict=False) if one.position == here]
        return self.ratio(pooled([first, *mine]))
