"""Handwritten digits to learn, the same kind to judge, the same moved and blurred, and others."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

KNOWN = 5  # classes, 0 to 4
NOISE = 0.3


@dataclass(frozen=True, eq=False)
class UnknownDigits:
    """Pixels in rows of 64; only the digits 0 to 4 have been seen with labels."""

    known: Floats  # [N, 64] to learn from
    labels: Integers  # [N] in 0 .. 4
    fresh: Floats  # [M, 64] to judge
    truth: Integers  # [M] in 0 .. 4
    moved: Floats  # [M, 64] the same, moved by a column and with noise
    unknown: Floats  # [L, 64] digits 5 to 9, of which any prediction is wrong

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; each gets another's label, learnt and judged alike."""
        changes: dict[str, Any] = {
            "labels": rng.permutation(self.labels),
            "truth": rng.permutation(self.truth),
        }
        return replace(self, **changes)


def unknown_digits(seed: int, *, learn: int = 600) -> UnknownDigits:
    """901 digits 0 to 4, so many of them to learn from and the rest to judge, and 896 others.

    Raises:
        ValueError: a number that leaves nothing on one side.
    """
    pictures = digits(seed)
    seen = pictures.label < KNOWN
    pixels, label = pictures.pixels[seen], pictures.label[seen]
    if not 0 < learn < len(label):
        raise ValueError(f"of {len(label)} digits some are learnt and some judged, got {learn}")
    noise = NOISE * np.random.default_rng([seed, 1]).normal(size=pixels[learn:].shape)
    moved = np.roll(pixels[learn:], 1, axis=2) + noise
    parts = (pixels[:learn], pixels[learn:], moved, pictures.pixels[~seen])
    known, fresh, shifted, others = (part.reshape(len(part), -1) for part in parts)
    return UnknownDigits(known, label[:learn], fresh, label[learn:], shifted, others)
