"""A cubic with noise that is skewed upwards, and a bias to plant in whoever predicts it."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import ndtr

from dubito.data.worlds.shapes import Pictures, digits
from dubito.evidence import Floats

MU, SIGMA = 1.5, 1.0  # of the noise's logarithm
NOISE_MEAN = float(np.exp(MU + SIGMA**2 / 2))  # before it is taken off
MEAN_DEVIATION = 2 * NOISE_MEAN * (2 * float(ndtr(SIGMA / 2)) - 1)  # mean size of the noise


@dataclass(frozen=True, eq=False)
class Draw:
    """N points of the law."""

    x: Floats  # [N, 1]
    y: Floats  # [N]


@dataclass(frozen=True, eq=False)
class Skewed:
    """Three draws from one law, and by how much predictions of the third are to be off."""

    first: Draw
    second: Draw
    third: Draw
    bias: float  # to add to predictions of the third, in units of y
    digits: Pictures  # handwritten ones, for classifiers

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same points without a bias: there is nothing to find; digits get other labels."""
        changes: dict[str, Any] = {"bias": 0.0, "digits": self.digits.shuffled(rng)}
        return replace(self, **changes)


def skewed(seed: int, *, points: int = 2000, bias: float = -0.5) -> Skewed:
    """x ~ U(-4, 4), y = x^3 + log-normal noise less its mean; the bias in mean deviations."""
    rng = np.random.default_rng(seed)

    def drawn() -> Draw:
        x = rng.uniform(-4, 4, size=(points, 1))
        noise = rng.lognormal(MU, SIGMA, size=points) - NOISE_MEAN
        return Draw(x, x[:, 0] ** 3 + noise)

    return Skewed(drawn(), drawn(), drawn(), bias * MEAN_DEVIATION, digits(seed))
