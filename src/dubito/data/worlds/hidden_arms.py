"""A best arm that the reference hardly ever plays, and a judge of pairs that a policy draws."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

BEST, SHARE = 2.0, 0.003  # its reward, and how often the reference plays it


@dataclass(frozen=True, eq=False)
class HiddenArms:
    """R problems of K arms; the last one is the best."""

    reward: Floats  # [R, K] true
    reference: Floats  # [R, K] probabilities
    seed: int
    rounds: int = 40
    updates: int = 40  # steps of learning a round
    pairs: int = 5  # a round

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The rewards belong to other arms."""
        changes: dict[str, Any] = {"reward": rng.permuted(self.reward, axis=1)}
        return replace(self, **changes)

    def judged(self, p: Floats, rng: np.random.Generator) -> Integers:
        """Pairs of arms drawn from policies [R, K], the preferred one first: int [R, P, 2]."""
        running = p.cumsum(axis=-1)[:, None]  # [R, 1, K]
        draws = rng.random((len(p), 2 * self.pairs, 1)) * running[..., -1:]
        arms = (draws >= running).sum(axis=-1).reshape(len(p), self.pairs, 2)
        of_pair = np.take_along_axis(self.reward[:, None], arms, axis=-1)
        first = rng.random(arms.shape[:2]) < 1 / (1 + np.exp(of_pair[..., 1] - of_pair[..., 0]))
        return np.where(first[..., None], arms, arms[..., ::-1])


def hidden_arms(
    seed: int, *, problems: int = 20, arms: int = 20, rounds: int = 40, updates: int = 40
) -> HiddenArms:
    """The best has reward 2 and probability 0.003; the others N(0, 1/4), all as likely."""
    rng = np.random.default_rng(seed)
    reward = 0.5 * rng.normal(size=(problems, arms))
    reward[:, -1] = BEST
    reference = np.full((problems, arms), (1 - SHARE) / (arms - 1))
    reference[:, -1] = SHARE
    return HiddenArms(reward, reference, seed, rounds=rounds, updates=updates)
