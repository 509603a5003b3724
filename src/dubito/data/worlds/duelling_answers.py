"""Candidate answers to many prompts, and a rater who compares any two of them, with noise."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats


@dataclass(frozen=True, eq=False)
class Candidates:
    """N answers to each of P prompts."""

    answers: Floats  # [P, N, d]
    reward: Floats  # [P, N] true, of mean 0 and deviation 1 over all


@dataclass(frozen=True, eq=False)
class DuellingAnswers:
    """Prompts to ask the rater about, one comparison each, and prompts to judge by."""

    asked: Candidates
    judged: Candidates
    coin: Floats  # [P] uniform, the rater's chance
    slope: float  # how surely the better answer wins

    def first_wins(self, prompt: int, first: int, second: int) -> bool:
        """What the rater says, by the Bradley-Terry law; asked again, the same."""
        reward = self.asked.reward[prompt]
        apart = self.slope * (reward[first] - reward[second])
        return bool(self.coin[prompt] < 1 / (1 + np.exp(-apart)))

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each gets the reward of another answer to its prompt."""
        changes: dict[str, Any] = {
            name: replace(part, reward=rng.permuted(part.reward, axis=1))
            for name, part in (("asked", self.asked), ("judged", self.judged))
        }
        return replace(self, **changes)


def duelling_answers(
    seed: int, *, asked: int = 480, judged: int = 300, answers: int = 100, slope: float = 2.0
) -> DuellingAnswers:
    """Answers N(0, I) in 10 dimensions; the reward is a random network of 16 rectified units.

    Raises:
        ValueError: fewer than two answers to a prompt.
    """
    if answers < 2:
        raise ValueError(f"a comparison needs 2 answers, got {answers}")
    rng = np.random.default_rng(seed)
    into, out = rng.normal(size=(10, 16)), rng.normal(size=16)
    x = rng.normal(size=(asked + judged, answers, 10))
    raw = np.maximum(x @ into, 0.0) @ out
    reward = (raw - raw.mean()) / raw.std()
    return DuellingAnswers(
        asked=Candidates(x[:asked], reward[:asked]),
        judged=Candidates(x[asked:], reward[asked:]),
        coin=rng.random(asked),
        slope=slope,
    )
