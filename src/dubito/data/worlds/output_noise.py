"""Noise whose scale follows the height of a curve, and whose tails follow the side."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.stats import gennorm

from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class Points:
    """N inputs, the first `fitted` to fit on: y = sin 2x + noise, of which the law is known."""

    x: Floats  # [N, 1]
    mean: Floats  # [N] E[y | x]
    noise: Floats  # [N]
    deviation: Floats  # [N] of the noise
    fitted: int

    @property
    def y(self) -> Floats:
        """What is seen, [N]."""
        return self.mean + self.noise


@dataclass(frozen=True, eq=False)
class OutputNoise:
    """The points, and whose error each of those to judge by is told to have."""

    points: Points
    order: Integers  # [N - fitted]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same points; each of those to judge by gets the error of another."""
        changes: dict[str, Any] = {"order": rng.permutation(self.order)}
        return replace(self, **changes)


def output_noise(seed: int, *, fitted: int = 2000, judged: int = 2000) -> OutputNoise:
    """x ~ U(-3, 3); generalised Gaussian noise of scale 0.05 + 0.25 |sin 2x|.

    Its shape is 1, Laplace's, for x < 0 and 2, Gauss's, for x > 0: which cannot be told from
    the height of the curve, while the scale can.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, fitted + judged)
    mean = np.sin(2 * x)
    law = gennorm(np.where(x < 0, 1.0, 2.0), scale=0.05 + 0.25 * np.abs(mean))
    noise = law.rvs(random_state=rng)
    return OutputNoise(Points(x[:, None], mean, noise, law.std(), fitted), np.arange(judged))
