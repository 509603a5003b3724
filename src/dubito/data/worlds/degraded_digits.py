"""Handwritten digits, each spoilt to a degree of its own; some kinds are never seen with labels."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

SEEN = 5  # kinds 0 to 4 are learnt, 5 to 9 only judged
NOISE, SQUARE = 0.6, 6  # standard deviation and side of the blank square at the worst


@dataclass(frozen=True, eq=False)
class Spoilt:
    """N pictures and how far each is spoilt."""

    pixels: Floats  # [N, 64]
    label: Integers  # [N]
    level: Floats  # [N] in [0, 1]


@dataclass(frozen=True, eq=False)
class DegradedDigits:
    """Upstream kinds to learn from and downstream kinds, of which nothing is learnt."""

    upstream: Spoilt  # labels 0 to 4
    downstream: Spoilt  # labels 5 to 9

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; downstream each gets another's label and level."""
        order = rng.permutation(len(self.downstream.label))
        changes: dict[str, Any] = {
            "label": self.downstream.label[order],
            "level": self.downstream.level[order],
        }
        world: dict[str, Any] = {"downstream": replace(self.downstream, **changes)}
        return replace(self, **world)


def degraded_digits(seed: int, *, pictures: int = 1797, copies: int = 40) -> DegradedDigits:
    """So many digits; those to learn from in copies that are spoilt differently, one an epoch.

    Spoilt once only, they would be learnt by heart, and nothing left to doubt.
    """
    shown = digits(seed, pictures=pictures)
    rng = np.random.default_rng([seed, 3])
    seen = np.flatnonzero(shown.label < SEEN)
    parts = np.tile(seen, copies), np.flatnonzero(shown.label >= SEEN)
    return DegradedDigits(*(spoilt(shown.pixels[i], shown.label[i], rng) for i in parts))


def spoilt(pixels: Floats, label: Integers, rng: np.random.Generator) -> Spoilt:
    """Pictures [N, 8, 8] with noise of 0.6 level and a blank square of side floor(6 level)."""
    level = rng.uniform(size=len(label))
    noisy = pixels + NOISE * level[:, None, None] * rng.normal(size=pixels.shape)
    side = np.floor(SQUARE * level).astype(int)  # [N]
    corner = np.floor(rng.uniform(size=(2, len(label))) * (9 - side)).astype(int)  # in 0 .. 8
    grid = np.indices((8, 8))[:, None] - corner[:, :, None, None]  # [2, N, 8, 8]
    blank = ((grid >= 0) & (grid < side[:, None, None])).all(axis=0)
    return Spoilt(np.where(blank, 0.0, noisy).reshape(len(label), -1), label, level)
