"""Two handwritten digits on one canvas, and three tasks: the one, the other, and their sum."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

SIDE, LOWER = 11, 3  # of the canvas; where the second digit begins
SUM_MEAN, SUM_DEVIATION = 9.0, (2 * 8.25) ** 0.5  # of two digits that are thrown


@dataclass(frozen=True, eq=False)
class Overlaid:
    """N canvases and the digits on them."""

    pixels: Floats  # [N, 11, 11] in [0, 1], the brighter one where they overlap
    upper: Integers  # [N] the digit in the upper left corner
    lower: Integers  # [N] the one in the lower right

    @property
    def total(self) -> Floats:
        """Their sum on a scale of mean 0 and deviation 1, [N]."""
        return (self.upper + self.lower - SUM_MEAN) / SUM_DEVIATION


@dataclass(frozen=True, eq=False)
class OverlaidDigits:
    """Canvases to learn from and to judge, of different digits."""

    learn: Overlaid
    judge: Overlaid

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same canvases; those to judge get the digits of another."""
        order = rng.permutation(len(self.judge.upper))
        truth: dict[str, Any] = {
            "upper": self.judge.upper[order],
            "lower": self.judge.lower[order],
        }
        changes: dict[str, Any] = {"judge": replace(self.judge, **truth)}
        return replace(self, **changes)


def overlaid_digits(seed: int, *, learn: int = 1200, judge: int = 2000) -> OverlaidDigits:
    """So many canvases, of pairs drawn from one half of the 1,797 digits and from the other."""
    pictures = digits(seed)
    rng = np.random.default_rng([seed, 97])
    half = len(pictures.label) // 2
    parts = ((learn, np.arange(half)), (judge, np.arange(half, len(pictures.label))))
    made = []
    for count, pool in parts:
        upper, lower = rng.choice(pool, size=(2, count))
        canvas = np.zeros((2, count, SIDE, SIDE))
        canvas[0, :, : SIDE - LOWER, : SIDE - LOWER] = pictures.pixels[upper]
        canvas[1, :, LOWER:, LOWER:] = pictures.pixels[lower]
        labels = pictures.label[upper], pictures.label[lower]
        made.append(Overlaid(canvas.max(axis=0), *labels))
    return OverlaidDigits(*made)
