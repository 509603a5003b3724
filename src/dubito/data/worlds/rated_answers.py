"""Answers rated in several attributes with a noise that depends on the answer, and preferences."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

INPUTS, ATTRIBUTES, PROMPTS = 6, 3, 2  # numbers
FAR = 4.0  # how much unfamiliar answers are stretched


@dataclass(frozen=True, eq=False)
class Rated:
    """N answers and what somebody said of each attribute."""

    answers: Floats  # [N, 6]
    ratings: Floats  # [N, 3]


@dataclass(frozen=True, eq=False)
class Preferred:
    """P prompts with two answers, of which the first was preferred."""

    prompts: Floats  # [P, 2]
    chosen: Floats  # [P, 6]
    rejected: Floats  # [P, 6]


@dataclass(frozen=True, eq=False)
class RatedAnswers:
    """Ratings and preferences to learn from; answers to judge, whose law is known."""

    rated: Rated
    preferred: Preferred
    held_out: Preferred
    judged: Floats  # [T, 6]
    noise: Floats  # [T, 3] deviation of their ratings
    reward: Floats  # [T] mean of their true attributes
    far: Floats  # [T, 6] the same, stretched
    far_reward: Floats  # [T]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Learnt from the same; noise and rewards belong to other answers."""
        order = rng.permutation(len(self.judged))
        changes: dict[str, Any] = {
            "noise": self.noise[order],
            "reward": self.reward[order],
            "far_reward": self.far_reward[order],
        }
        return replace(self, **changes)


def rated_answers(
    seed: int, *, rated: int = 1500, judged: int = 800, pairs: int = 600
) -> RatedAnswers:
    """Attributes sin(W x) with noise 0.1 + 0.9 sigmoid(2 v x), W, v and x normal.

    What counts is softmax(3 U prompt); an answer is preferred by the Bradley-Terry law of five
    times the attributes so weighed.

    Raises:
        ValueError: nothing to learn from or to judge.
    """
    if min(rated, judged, pairs) < 1:
        raise ValueError(f"at least one of each needed, got {rated}, {judged} and {pairs}")
    rng = np.random.default_rng(seed)
    slope, loud = rng.normal(size=(2, ATTRIBUTES, INPUTS))
    wanted = rng.normal(size=(ATTRIBUTES, PROMPTS))

    def attributes(x: Floats) -> Floats:
        return np.sin(x @ slope.T)

    def noise(x: Floats) -> Floats:
        return 0.1 + 0.9 / (1 + np.exp(-2 * x @ loud.T))

    def preferred() -> Preferred:
        prompts, x, y = (rng.normal(size=(pairs, n)) for n in (PROMPTS, INPUTS, INPUTS))
        weight = np.exp(3 * prompts @ wanted.T)
        weight /= weight.sum(axis=1, keepdims=True)
        lead = 5 * (weight * (attributes(x) - attributes(y))).sum(axis=1)
        first = (rng.random(pairs) < 1 / (1 + np.exp(-lead)))[:, None]
        return Preferred(prompts, np.where(first, x, y), np.where(first, y, x))

    x, t = rng.normal(size=(rated, INPUTS)), rng.normal(size=(judged, INPUTS))
    seen = attributes(x) + noise(x) * rng.normal(size=(rated, ATTRIBUTES))
    return RatedAnswers(
        rated=Rated(x, seen),
        preferred=preferred(),
        held_out=preferred(),
        judged=t,
        noise=noise(t),
        reward=attributes(t).mean(axis=1),
        far=FAR * t,
        far_reward=attributes(FAR * t).mean(axis=1),
    )
