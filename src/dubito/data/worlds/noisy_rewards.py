"""Answers whose rewards several models guess, each answer's with a noise of its own."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

QUIET, LOUD = 0.1, 3.0  # noise of the models' mean reward


@dataclass(frozen=True, eq=False)
class NoisyRewards:
    """N prompts with K answers each, scored by M models; a policy to start from."""

    truth: Floats  # [N, K]
    members: Floats  # [M, N, K]
    reference: Floats  # [N, K] log-probabilities

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same scores; the true rewards belong to other answers."""
        changes: dict[str, Any] = {"truth": rng.permuted(self.truth, axis=1)}
        return replace(self, **changes)


def noisy_rewards(
    seed: int, *, prompts: int = 1500, answers: int = 10, models: int = 10
) -> NoisyRewards:
    """True rewards N(0, 1), noise of the mean log-uniform in [0.1, 3], a Dirichlet(1) policy.

    The models' errors are independent, so that how far they differ tells an answer's noise.

    Raises:
        ValueError: fewer than two models or answers.
    """
    if models < 2 or answers < 2:
        raise ValueError(f"at least 2 models and answers needed, got {models} and {answers}")
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(prompts, answers))
    noise = np.exp(rng.uniform(np.log(QUIET), np.log(LOUD), size=truth.shape))
    error = noise * models**0.5 * rng.normal(size=(models, *truth.shape))
    return NoisyRewards(truth, truth + error, np.log(rng.dirichlet(np.ones(answers), size=prompts)))
