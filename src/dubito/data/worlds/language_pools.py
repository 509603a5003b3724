"""Answers in two languages to the same prompts, as points around a true one; some go astray."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Evidence, Floats, Sequence

DIMENSIONS = 8
ASTRAY = 0.2  # how often a drawn answer is far off
NOISE, GREEDY_NOISE, PIVOT_NOISE, FAR = 1.0, 0.7, 0.5, 3.0


@dataclass(frozen=True, eq=False)
class LanguagePools:
    """T prompts, each with a greedy answer and N samples here, and N pivot answers elsewhere.

    An answer's embedding is its point. `looks` is what a reader of the answers thinks of them.
    """

    evidence: tuple[Evidence, ...]  # T
    pivot: tuple[Evidence, ...]  # T, of N answers
    quality: Floats  # [T, 1+N] minus the distance to the true answer, greedy answer first
    looks: Floats  # [T, 1+N] the quality with an error of N(0, 1)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; their qualities are permuted over all of them."""
        quality = rng.permutation(self.quality.ravel()).reshape(self.quality.shape)
        changes: dict[str, Any] = {"quality": quality}
        return replace(self, **changes)


def around(true: Floats, count: int, noise: float, rng: np.random.Generator) -> Floats:
    """Drawn answers [T, count, 8] to each of T prompts, a fifth of them astray."""
    shape = (len(true), count, DIMENSIONS)
    astray = rng.uniform(size=(*shape[:2], 1)) < ASTRAY
    return true[:, None] + rng.normal(0, noise, shape) + astray * rng.normal(0, FAR, shape)


def named(name: str, points: Floats) -> Evidence:
    """The first point [1+K, 8] as the greedy answer, the rest as samples."""
    first, *rest = (Sequence(f"{name}.{k}") for k in range(len(points)))
    return Evidence(name, first, tuple(rest), embeddings=points)


def language_pools(seed: int, *, prompts: int = 3000, each: int = 5) -> LanguagePools:
    """Samples lie at N(0, 1) around the true answer, pivot ones at N(0, 0.5), greedy N(0, 0.7)."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(prompts, DIMENSIONS))
    greedy = true[:, None] + rng.normal(0, GREEDY_NOISE, (prompts, 1, DIMENSIONS))
    points = np.concatenate([greedy, around(true, each, NOISE, rng)], axis=1)  # [T, 1+N, 8]
    pivots = around(true, each, PIVOT_NOISE, rng)
    quality = -np.linalg.norm(points - true[:, None], axis=-1)
    return LanguagePools(
        tuple(named(f"prompt {t}", p) for t, p in enumerate(points)),
        tuple(named(f"prompt {t} elsewhere", p) for t, p in enumerate(pivots)),
        quality,
        quality + rng.normal(size=quality.shape),
    )
