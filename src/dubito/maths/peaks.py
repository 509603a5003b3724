"""What the greatest probabilities of a distribution say, on arrays without a model."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.entropy import SUM_TOLERANCE


def peak_doubt(p: ArrayLike) -> Floats:
    """1 less the greatest probability, in [0, 1 - 1/V]: [..., V] -> [...]."""
    return np.maximum(1.0 - checked(p).max(axis=-1), 0.0)


def margin_doubt(p: ArrayLike) -> Floats:
    """1 less the lead of the greatest probability over the second, in [0, 1]: [..., V] -> [...].

    1 where the two tie. A single outcome has no rival and no doubt.
    """
    values = checked(p)
    if values.shape[-1] == 1:
        return np.zeros(values.shape[:-1])
    two = np.partition(values, -2, axis=-1)[..., -2:]
    return np.maximum(1.0 - (two[..., 1] - two[..., 0]), 0.0)


def checked(p: ArrayLike) -> Floats:
    """Probabilities that sum to 1 along the last axis, in float64.

    Raises:
        ValueError: they do not, or there is a NaN or a negative one.
    """
    values = np.asarray(p, dtype=np.float64)
    total = values.sum(axis=-1)
    if not (np.abs(total - 1) <= SUM_TOLERANCE).all() or not (values >= 0).all():
        raise ValueError(f"probabilities >= 0 that sum to 1 are needed, got sums {total}")
    return values
