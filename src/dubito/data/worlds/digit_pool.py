"""Handwritten digits to have labelled, some that are labelled already, and others to judge by."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

EACH = 2  # of each of ten kinds are labelled at first


@dataclass(frozen=True, eq=False)
class DigitPool:
    """Pixels in rows of 64, of all ten kinds."""

    pixels: Floats  # [N, 64] the pool
    labels: Integers  # [N] as they would be given
    start: Integers  # [20] rows that have a label at first, two of each kind
    judged: Floats  # [M, 64]
    truth: Integers  # [M]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; each gets another's label, in the pool and to judge by."""
        changes: dict[str, Any] = {
            "labels": rng.permutation(self.labels),
            "truth": rng.permutation(self.truth),
        }
        return replace(self, **changes)


def digit_pool(seed: int, *, pictures: int = 1797, judged: float = 0.4) -> DigitPool:
    """So many digits, a share of them to judge by; the first two of each kind are labelled.

    Raises:
        ValueError: a share that leaves fewer than two of a kind in the pool.
    """
    drawn = digits(seed, pictures=pictures)
    pixels = drawn.pixels.reshape(pictures, -1)
    left = pictures - round(judged * pictures)
    kinds = [np.flatnonzero(drawn.label[:left] == kind)[:EACH] for kind in range(10)]
    if min(map(len, kinds)) < EACH:
        raise ValueError(f"{left} pictures in the pool hold fewer than {EACH} of a kind")
    return DigitPool(
        pixels[:left],
        drawn.label[:left],
        np.concatenate(kinds),
        pixels[left:],
        drawn.label[left:],
    )
