"""What every metric checks at its door, and the counting of what cannot be scored."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Floats

Flags = NDArray[np.bool_]


class Scored(NamedTuple):
    """The answers whose doubt is known, and how many there were without."""

    doubt: Floats  # [n]
    wrong: Flags  # [n]
    left_out: int


def scored(doubt: ArrayLike, wrong: ArrayLike) -> Scored:
    """The rows of [N], [N] whose doubt is a number, and the count of the rows left out."""
    values = np.asarray(doubt, dtype=np.float64)
    labels = flags(wrong, values)
    known = ~np.isnan(values)
    return Scored(values[known], labels[known], int((~known).sum()))


def checked(values: ArrayLike, labels: ArrayLike) -> tuple[Floats, Flags]:
    """Both as arrays [N], [N]; ValueError for a NaN, another shape, a label other than 0 or 1."""
    array = np.asarray(values, dtype=np.float64)
    missing = int(np.isnan(array).sum())
    if missing:
        raise ValueError(
            f"{missing} of {array.size} values are NaN; drop and count them by scored()"
        )
    return array, flags(labels, array)


def checked_confidence(confidence: ArrayLike, right: ArrayLike) -> tuple[Floats, Flags]:
    """As `checked`, and ValueError for a confidence outside [0, 1]."""
    p, y = checked(confidence, right)
    outside = p[(p < 0) | (p > 1)]
    if len(outside):
        raise ValueError(
            f"a confidence lies in [0, 1], got {outside[0]}; calibrate the doubt first"
        )
    return p, y


def flags(labels: ArrayLike, values: Floats) -> Flags:
    """One yes or no for each of the values."""
    array = np.asarray(labels)
    if values.ndim != 1 or array.shape != values.shape:
        raise ValueError(f"one label for each value needed, got {array.shape} for {values.shape}")
    if array.size and not np.isin(array, (0, 1)).all():
        raise ValueError(f"a label is true or false, got {array[~np.isin(array, (0, 1))][0]}")
    return array.astype(bool)
