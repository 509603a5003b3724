"""Pictures of coloured shapes on a grid of 2 x 2 cells, whose scene graph is exact.

A scene is two arrays, [N, 4] each: the kind in every cell (-1: empty) and its colour.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dubito.data.worlds.shapes import KINDS as SHAPES
from dubito.data.worlds.shapes import drawn
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

Pixel = TypeVar("Pixel", bound=np.generic)

KINDS = ("square", "triangle", "cross")  # a disc of 7 pixels looks like a square
COLOURS = {"red": (1.0, 0.1, 0.1), "green": (0.1, 0.9, 0.1), "blue": (0.2, 0.3, 1.0),
           "yellow": (0.9, 0.9, 0.1)}  # fmt: skip
CELLS = 4
CELL = 8  # pixels
SIDE = 2 * CELL
BACKGROUND = 0.15
NOISE = 0.05
EMPTY = -1


@dataclass(frozen=True, eq=False)
class Scenes:
    """N scenes."""

    kind: Integers  # [N, 4] index into KINDS, -1: empty
    colour: Integers  # [N, 4] index into COLOURS; of an empty cell without meaning

    def having(self, kind: Integers) -> Flags:
        """Cells that hold this kind, [N] -> [N, 4]."""
        return self.kind == kind[:, None]


def scenes(n: int, *, most: int = 3, rng: np.random.Generator) -> Scenes:
    """n scenes of 1 to `most` things in random cells, each of a random kind and colour."""
    things = rng.integers(1, most + 1, size=n)
    filled = rng.random((n, CELLS)).argsort(axis=1) < things[:, None]  # [N, 4]
    kind = np.where(filled, rng.integers(len(KINDS), size=(n, CELLS)), EMPTY)
    return Scenes(kind, rng.integers(len(COLOURS), size=(n, CELLS)))


def render(scene: Scenes, rng: np.random.Generator) -> Floats:
    """Pictures [N, 16, 16, 3] in [0, 1], with noise; shapes differ a little in size and place."""
    n = len(scene.kind)
    radius = rng.uniform(2.8, 3.5, (n, CELLS, 1, 1))
    centre = (CELL - 1) / 2 + rng.uniform(-0.4, 0.4, (2, n, CELLS, 1, 1))
    grid = np.indices((CELL, CELL))[:, None, None]  # [2, 1, 1, 8, 8]
    inside = drawn((grid - centre) / radius)  # [SHAPES, N, 4, 8, 8]
    inside = inside[[SHAPES.index(kind) for kind in KINDS]]
    rows, cells = np.indices((n, CELLS))
    on = inside[scene.kind, rows, cells] & (scene.kind != EMPTY)[:, :, None, None]  # [N, 4, 8, 8]
    paint = np.array(list(COLOURS.values()))[scene.colour][:, :, None, None]  # [N, 4, 1, 1, 3]
    tiles = np.where(on[..., None], paint, BACKGROUND)  # [N, 4, 8, 8, 3]
    return noisy(joined(tiles), rng)


def joined(tiles: NDArray[Pixel]) -> NDArray[Pixel]:
    """Four cells to a picture, row by row: [N, 4, 8, 8, c] -> [N, 16, 16, c]."""
    n, channels = len(tiles), tiles.shape[-1]
    grid = tiles.reshape(n, 2, 2, CELL, CELL, channels)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(n, SIDE, SIDE, channels)


def cell_mask(cells: Flags) -> Flags:
    """The pixels of the chosen cells, [N, 4] -> [N, 16, 16]."""
    shape = (len(cells), CELLS, CELL, CELL, 1)
    return joined(np.broadcast_to(cells[:, :, None, None, None], shape))[..., 0]


def inpainted(pixels: Floats, mask: Flags, rng: np.random.Generator) -> Floats:
    """The pictures [N, 16, 16, 3] with background, as noisy as any, where the mask says so."""
    ground = noisy(np.full_like(pixels, BACKGROUND), rng)
    return np.where(mask[..., None], ground, pixels)


def noisy(pixels: Floats, rng: np.random.Generator) -> Floats:
    """The pixels with Gaussian noise, clipped to [0, 1]."""
    return np.clip(pixels + NOISE * rng.normal(size=pixels.shape), 0, 1)


def detected(pixels: Floats) -> Integers:
    """What a detector sees in each cell, by the pixels alone: index into KINDS or -1, [N, 4].

    Bright pixels are compared with each kind's outline; the one with the greatest share of common
    pixels wins. It knows no scene graph, so it can check an edit.
    """
    n = len(pixels)
    bright = pixels.max(axis=-1) > 0.5  # [N, 16, 16]
    tiles = bright.reshape(n, 2, CELL, 2, CELL).transpose(0, 1, 3, 2, 4).reshape(n, CELLS, 1, -1)
    outline = outlines()  # [KINDS, sizes and places, 64]
    flat = outline.reshape(-1, CELL * CELL)
    common = (tiles & flat).sum(axis=-1)  # [N, 4, K * S]
    either = (tiles | flat).sum(axis=-1)
    match = (common / np.maximum(either, 1)).reshape(n, CELLS, len(KINDS), -1).max(axis=-1)
    seen = bright.reshape(n, 2, CELL, 2, CELL).any(axis=(2, 4)).reshape(n, CELLS)
    return np.where(seen, match.argmax(axis=-1), EMPTY)


def outlines() -> Flags:
    """Each kind at 27 sizes and places, [KINDS, 27, 64]."""
    radius, row, column = np.meshgrid([2.85, 3.15, 3.45], [-0.3, 0, 0.3], [-0.3, 0, 0.3])
    centre = (CELL - 1) / 2 + np.stack([row.ravel(), column.ravel()])[:, :, None, None]
    offset = (np.indices((CELL, CELL))[:, None] - centre) / radius.ravel()[:, None, None]
    inside = drawn(offset)[[SHAPES.index(kind) for kind in KINDS]]  # [KINDS, 27, 8, 8]
    return inside.reshape(len(KINDS), -1, CELL * CELL)
