"""Matrix entropy [xiong2024]: over how many directions the rows of a matrix spread."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from dubito.maths.arrays import Floats


def matrix_entropy(rows: ArrayLike, *, largest: int | None = None) -> Floats:
    """Spread of T rows of d numbers in [0, 1], higher = more directions: [..., T, d] -> [...].

    Rows are centred and scaled to length 1; it is the entropy of the eigenvalues of their
    covariance, of trace 1, divided by log d. With `largest` only so many of them are summed and
    not scaled up again, so that numbers compare for equal `largest` and d alone. Rows that are
    all the same have 0.

    Differs: nothing is added to the diagonal, since 0 log 0 is 0; 1e-10 there would leave an
    entropy above 1e-8 where all rows point one way.

    Raises:
        ValueError: fewer than two columns, no row, a number that is not finite, `largest` < 1.
    """
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim < 2 or not x.shape[-2] or x.shape[-1] < 2 or not np.isfinite(x).all():
        raise ValueError(
            f"finite rows [..., T, d] of at least 2 numbers are needed, got {x.shape}; "
            "leave out rows with NaN"
        )
    if largest is not None and largest < 1:
        raise ValueError(f"largest must be at least 1, got {largest}")
    centred = x - x.mean(axis=-2, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)  # [..., T, 1]
    # What rounding leaves of equal rows has a direction too, which must not count.
    dust = np.abs(x).max(axis=(-2, -1), keepdims=True) * x.shape[-1] * np.finfo(np.float64).eps
    unit = np.divide(centred, length, out=np.zeros_like(x), where=length > dust)
    gram = np.swapaxes(unit, -1, -2) @ unit  # [..., d, d]
    trace = np.trace(gram, axis1=-2, axis2=-1)[..., None, None]
    values = np.linalg.eigvalsh(gram / np.where(trace > 0, trace, 1.0))  # [..., d] rising
    kept = values[..., ::-1][..., :largest]
    return np.maximum(entr(np.clip(kept, 0.0, 1.0)).sum(axis=-1) / math.log(x.shape[-1]), 0.0)
