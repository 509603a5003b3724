"""Confidences that are none are refused, and doubts that are missing counted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats
from dubito.maths.labelled import Flags, checked, flags


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


def checked_confidence(confidence: ArrayLike, right: ArrayLike) -> tuple[Floats, Flags]:
    """As `checked`, and ValueError for a confidence outside [0, 1]."""
    p, y = checked(confidence, right)
    outside = p[(p < 0) | (p > 1)]
    if len(outside):
        raise ValueError(
            f"a confidence lies in [0, 1], got {outside[0]}; calibrate the doubt first"
        )
    return p, y
