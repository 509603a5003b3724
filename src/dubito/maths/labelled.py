"""Values with a yes or no for each: what is refused before they are ranked."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Flags, Floats


def checked(values: ArrayLike, labels: ArrayLike) -> tuple[Floats, Flags]:
    """Both as arrays [N], [N]; ValueError for a NaN, another shape, a label other than 0 or 1."""
    array = np.asarray(values, dtype=np.float64)
    missing = int(np.isnan(array).sum())
    if missing:
        raise ValueError(
            f"{missing} of {array.size} values are NaN; drop and count them by scored()"
        )
    return array, flags(labels, array)


def flags(labels: ArrayLike, values: Floats) -> Flags:
    """One yes or no for each of the values."""
    array = np.asarray(labels)
    if values.ndim != 1 or array.shape != values.shape:
        raise ValueError(f"one label for each value needed, got {array.shape} for {values.shape}")
    if array.size and not np.isin(array, (0, 1)).all():
        raise ValueError(f"a label is true or false, got {array[~np.isin(array, (0, 1))][0]}")
    return array.astype(bool)
