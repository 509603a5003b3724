"""Pairs of answers to compare: most of them to prompts of two kinds, while all kinds count."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers

KINDS, COMMON = 24, 2  # of prompts; of these in most pairs of the pool
WIDTH, WITHIN, REACH = 4, 0.15, 3.0  # dimensions; deviation inside of a kind, and of the kinds


@dataclass(frozen=True, eq=False)
class Pairs:
    """N prompts with two answers each."""

    prompts: Floats  # [N, 4]
    answers: Floats  # [N, 2, 24] what a frozen model makes of prompt and answer together
    kind: Integers  # [N] of the prompt, in 0 .. 23
    first: NDArray[np.bool_]  # [N] the first answer is preferred


@dataclass(frozen=True, eq=False)
class RedundantPairs:
    """A pool to label, and pairs to judge by."""

    pool: Pairs  # 85 % of it of kinds 0 and 1; labels drawn by the Bradley-Terry law
    judged: Pairs  # all kinds alike; the better answer by its true reward

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pairs; each gets another's preference."""
        changes: dict[str, Any] = {
            "pool": replace(self.pool, first=rng.permutation(self.pool.first)),
            "judged": replace(self.judged, first=rng.permutation(self.judged.first)),
        }
        return replace(self, **changes)


def redundant_pairs(
    seed: int, *, pool: int = 1500, judged: int = 1200, common: float = 0.85
) -> RedundantPairs:
    """Answers are a ~ N(0, I); the reward is w(prompt) . a, w smooth and of length about 2.

    Raises:
        ValueError: a share of common kinds outside of [0, 1].
    """
    if not 0 <= common <= 1:
        raise ValueError(f"common must be in [0, 1], got {common}")
    rng = np.random.default_rng(seed)
    centres = REACH * rng.normal(size=(KINDS, WIDTH))
    bend, turn = rng.normal(size=(2, 16, WIDTH))

    def pairs(kind: Integers, *, noise: bool) -> Pairs:
        prompts = centres[kind] + WITHIN * rng.normal(size=(len(kind), WIDTH))
        drawn = rng.normal(size=(len(kind), 2, WIDTH))
        wanted = np.tanh(prompts @ bend.T / REACH) @ turn / 2  # [N, 4] of the prompt
        reward = np.einsum("nd,nad->na", wanted, drawn)  # [N, 2]
        better = reward[:, 0] - reward[:, 1]
        coin = rng.random(len(kind)) if noise else 0.5
        return Pairs(prompts, joined(prompts, drawn), kind, coin < 1 / (1 + np.exp(-better)))

    often = rng.random(pool) < common
    kind = np.where(often, rng.integers(COMMON, size=pool), rng.integers(COMMON, KINDS, size=pool))
    return RedundantPairs(
        pool=pairs(kind, noise=True),
        judged=pairs(np.arange(judged) % KINDS, noise=False),
    )


def joined(prompts: Floats, answers: Floats) -> Floats:
    """Prompt, answer and their products: [N, 4], [N, 2, 4] -> [N, 2, 24]."""
    scaled = np.broadcast_to(prompts[:, None] / REACH, answers.shape)
    products = scaled[..., :, None] * answers[..., None, :]  # [N, 2, 4, 4]
    return np.concatenate([scaled, answers, products.reshape(*answers.shape[:2], -1)], axis=-1)
