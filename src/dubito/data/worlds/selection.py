"""A corpus that holds some people and not others, so that time and gender go together in it."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

LINK = 0.4


@dataclass(frozen=True, eq=False)
class Corpus:
    """N sentences: when they are set, what they reveal, and the gender that they are about."""

    time: Floats  # [N] in [-1, 1]
    cue: Floats  # [N] -1 or 1 where the sentence reveals the gender, else 0
    gender: Floats  # [N] 0 or 1

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same sentences, each set at another's time."""
        changes: dict[str, Any] = {"time": rng.permutation(self.time)}
        return replace(self, **changes)


def corpus(seed: int, *, people: int = 60_000, link: float = LINK) -> Corpus:
    """Gender and time are independent in the world; half of the sentences reveal the gender.

    Somebody of gender 1 is in the corpus with probability 1/2 + link * time, of gender 0 with
    probability 1/2, so that in the corpus P(1 | time) = (1/2 + link time) / (1 + link time).
    """
    rng = np.random.default_rng(seed)
    gender = (rng.uniform(size=people) < 0.5).astype(np.float64)
    time = rng.uniform(-1, 1, people)
    shown = rng.uniform(size=people) < 0.5
    kept = rng.uniform(size=people) < 0.5 + link * time * gender
    cue = np.where(shown, 2 * gender - 1, 0.0)
    return Corpus(time[kept], cue[kept], gender[kept])


def probability_given_time(time: float, *, link: float = LINK) -> float:
    """P(gender = 1 | time) in the corpus, where no cue is shown."""
    return (0.5 + link * time) / (1 + link * time)
