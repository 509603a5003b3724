"""Rendered shapes with known kind, place and size, and the handwritten digits of scikit-learn."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers
from dubito.extras import require

KINDS = ("disc", "square", "triangle", "cross")


@dataclass(frozen=True, eq=False)
class Pictures:
    """N grey pictures and what is on them."""

    pixels: Floats  # [N, side, side] in [0, 1]
    label: Integers  # [N]; of shapes, index into KINDS

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; each gets another's label."""
        changes: dict[str, Any] = {"label": rng.permutation(self.label)}
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Shapes(Pictures):
    """One shape a picture, rendered exactly from its parameters before the noise."""

    centre: Floats  # [N, 2] row and column, in pixels
    radius: Floats  # [N] in pixels


def shapes(seed: int, *, pictures: int = 400, side: int = 16, noise: float = 0.1) -> Shapes:
    """Shapes of a random kind, place and size, wholly inside; Gaussian noise, clipped to [0, 1]."""
    rng = np.random.default_rng(seed)
    label = rng.integers(len(KINDS), size=pictures)
    radius = rng.uniform(side / 6, side / 3, pictures)
    low, high = radius[:, None], side - 1 - radius[:, None]
    centre = low + rng.uniform(size=(pictures, 2)) * (high - low)
    grid = np.indices((side, side)).astype(np.float64)  # [2, side, side]
    offset = (grid - centre[:, :, None, None]) / radius[:, None, None, None]  # [N, 2, side, side]
    inside = drawn(np.moveaxis(offset, 1, 0))  # [KINDS, N, side, side]
    clean = inside[label, np.arange(pictures)].astype(np.float64)
    pixels = np.clip(clean + noise * rng.normal(size=clean.shape), 0, 1)
    return Shapes(pixels, label, centre, radius)


def drawn(offset: Floats) -> np.ndarray:
    """Pixels of each kind, by the offset from the centre in radii; [2, ...] -> [KINDS, ...]."""
    row, column = offset
    disc = row**2 + column**2 <= 1
    square = (abs(row) <= 0.8) & (abs(column) <= 0.8)
    triangle = (abs(row) <= 1) & (abs(column) <= (row + 1) / 2)
    cross = (np.minimum(abs(row), abs(column)) <= 0.25) & (np.maximum(abs(row), abs(column)) <= 1)
    return np.stack([disc, square, triangle, cross])


def digits(seed: int, *, pictures: int = 1797) -> Pictures:
    """Handwritten digits, 8 x 8, in a random order; labels 0 to 9.

    Raises:
        ValueError: more pictures than there are.
    """
    loaded = require("sklearn.datasets", extra="calibrate").load_digits()
    if pictures > len(loaded.target):
        raise ValueError(f"there are {len(loaded.target)} digits, asked for {pictures}")
    order = np.random.default_rng(seed).permutation(len(loaded.target))[:pictures]
    return Pictures(loaded.images[order] / 16.0, loaded.target[order])
