"""Three classes, two of which share a band where nobody can tell them apart, and unknown points."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

CENTRES = np.array([[-2.0, 0.0], [2.0, 0.0], [0.0, 3.5]])
SPREAD = 0.8
BAND, BAND_SPREAD, BAND_SHARE = np.array([0.0, -2.0]), 0.5, 0.3
UNKNOWN = np.array([[8.0, 8.0], [-8.0, 6.0]])


@dataclass(frozen=True, eq=False)
class OverlapBand:
    """Points of the plane: some to learn from, some to judge, and some of no known class."""

    known: Floats  # [N, 2] to learn from
    labels: Integers  # [N] in 0, 1, 2
    fresh: Floats  # [M, 2] of the known classes, to judge
    band: Flags  # [M] drawn from the band that classes 0 and 1 share
    unknown: Floats  # [L, 2]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same points; labels and places in the band are others' own.

        Points to judge change places with unknown ones too.
        """
        both = rng.permutation(np.vstack([self.fresh, self.unknown]))
        changes: dict[str, Any] = {
            "labels": rng.permutation(self.labels),
            "fresh": both[: len(self.fresh)],
            "unknown": both[len(self.fresh) :],
        }
        return replace(self, **changes)


def overlap_band(seed: int, *, known: int = 1500, judged: int = 1500) -> OverlapBand:
    """Classes N((-2, 0), 0.8), N((2, 0), 0.8), N((0, 3.5), 0.8) of equal weight.

    Of the first two 30% of the points are drawn from N((0, -2), 0.5) in place of that. As many
    unknown points as there are to judge, half of them around (8, 8), half around (-8, 6).
    """
    rng = np.random.default_rng(seed)

    def drawn(n: int) -> tuple[Floats, Integers, Flags]:
        label = rng.integers(3, size=n)
        band = (label < 2) & (rng.random(n) < BAND_SHARE)
        noise = rng.normal(size=(n, 2))
        own = CENTRES[label] + SPREAD * noise
        return np.where(band[:, None], BAND + BAND_SPREAD * noise, own), label, band

    x, label, _ = drawn(known)
    fresh, _, band = drawn(judged)
    unknown = UNKNOWN[rng.integers(2, size=judged)] + rng.normal(size=(judged, 2))
    return OverlapBand(x, label, fresh, band, unknown)
