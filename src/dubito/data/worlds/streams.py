"""Streams of scores, of which half change their law at a known time."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats


@dataclass(frozen=True, eq=False)
class Streams:
    """R streams of T scores after a reference of their own."""

    reference: Floats  # [R, n]
    scores: Floats  # [R, T]
    drifted: Flags  # [R]
    change: int  # the first score under the new law, where there is one

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same streams; which of them drifted is permuted."""
        changes: dict[str, Any] = {"drifted": rng.permutation(self.drifted)}
        return replace(self, **changes)


def streams(
    seed: int,
    *,
    count: int = 100,
    reference: int = 100,
    before: int = 80,
    after: int = 60,
    factor: float = 2.5,
) -> Streams:
    """Exponential scores of mean 1, rounded to tenths, so that there are ties.

    Every other stream has `factor` times the mean in its last `after` scores.
    """
    rng = np.random.default_rng(seed)
    drifted = np.arange(count) % 2 == 1
    scores = rng.exponential(size=(count, reference + before + after))
    scores[drifted, reference + before :] *= factor
    scores = scores.round(1)
    return Streams(scores[:, :reference], scores[:, reference:], drifted, before)
