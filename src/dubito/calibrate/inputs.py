"""What every calibrator checks at its door, and the labels it learns from [platt1999]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats


class Training(NamedTuple):
    """The rows to fit on; infinite doubts stand at the most extreme finite one."""

    doubt: Floats  # [n]
    target: Floats  # [n] inside (0, 1)
    low: float  # least finite doubt
    high: float  # greatest finite doubt
    left_out: int  # rows without a doubt


def training(X: ArrayLike, y: ArrayLike) -> Training:
    """The rows of [N] or [N, 1] and labels [N] whose doubt is known.

    Raises:
        ValueError: no finite doubt, another shape, or a label other than 1 (right) or 0 (wrong).
    """
    doubt = one_column(X)
    right = labels(y, len(doubt))
    known = ~np.isnan(doubt)
    finite = doubt[np.isfinite(doubt)]
    if not len(finite):
        raise ValueError(f"no finite doubt among {len(doubt)} rows; there is nothing to fit on")
    low, high = float(finite.min()), float(finite.max())
    return Training(
        np.clip(doubt[known], low, high),
        smoothed(right[known]),
        low,
        high,
        int((~known).sum()),
    )


def one_column(X: ArrayLike) -> Floats:
    """The doubt as [N], from [N] or [N, 1]."""
    array = np.asarray(X, dtype=np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"one doubt for each row needed, [N] or [N, 1], got shape {array.shape}")
    return array


def columns(X: ArrayLike) -> Floats:
    """Several doubts as [N, M], from [N, M] or [N]."""
    array = np.asarray(X, dtype=np.float64)
    if array.ndim == 1:
        return array[:, None]
    if array.ndim != 2:
        raise ValueError(f"doubts [N, M] needed, got shape {array.shape}")
    return array


def labels(y: ArrayLike, n: int) -> Floats:
    """The labels as [n] floats, 1 = right, 0 = wrong."""
    array = np.asarray(y)
    if array.shape != (n,):
        raise ValueError(f"one label for each of {n} rows needed, got shape {array.shape}")
    if not np.isin(array, (0, 1)).all():
        raise ValueError(
            f"a label is 1 (right) or 0 (wrong), got {array[~np.isin(array, (0, 1))][0]}"
        )
    return array.astype(np.float64)


def smoothed(right: Floats) -> Floats:
    """Platt's targets: (n1 + 1) / (n1 + 2) for the n1 right rows, 1 / (n0 + 2) for the n0 wrong.

    They are what a uniform prior makes of each class. So a fit never claims certainty, and labels
    of one class have an answer: the constant (n + 1) / (n + 2) or 1 / (n + 2).
    """
    n1 = right.sum()
    n0 = len(right) - n1
    return np.where(right == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
