"""Labelled rows, and a share of them set aside with some of every class."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers


class Rows(NamedTuple):
    """Features [N, d] and classes [N] in 0 .. K - 1."""

    features: Floats
    labels: NDArray[np.integer[Any]]

    def take(self, chosen: Integers) -> Self:
        """Just these rows."""
        return type(self)(self.features[chosen], self.labels[chosen])


class Parts(NamedTuple):
    """Rows to learn from and rows set aside, both rising."""

    learn: Integers
    aside: Integers


def by_class(labels: NDArray[Any], share: float, rng: np.random.Generator) -> Parts:
    """Sets a share of each class aside, at least one row and not all; of a single row none.

    Raises:
        ValueError: a share outside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"the share set aside lies inside (0, 1), got {share}")
    aside = np.zeros(len(labels), dtype=bool)
    for one in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == one))
        count = min(max(round(share * len(rows)), 1), len(rows) - 1)
        aside[rows[:count]] = True
    return Parts(np.flatnonzero(~aside), np.flatnonzero(aside))
