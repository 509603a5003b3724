"""A graph of answers whose edges have a direction: the spectrum of a walk on it [da2024]."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.graphs import DIGITS


def walk_components(weights: ArrayLike) -> float:
    """A soft number of groups in [1, K]: sum of max(0, 1 - Re eigenvalue) of I - D^(-1) W.

    W [K, K] is at least 0, row to column, with a positive diagonal; D are its row sums. For a
    symmetric W it is `soft_components`. Eigenvalues of a walk that goes round are complex; their
    real part says how much of it stays.

    Raises:
        ValueError: not square, negative, NaN, or 0 on the diagonal.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not w.size:
        raise ValueError(f"weights must be a square matrix [K, K], got shape {w.shape}")
    if not w.min() >= 0 or not w.diagonal().min() > 0:  # NaN fails too
        raise ValueError(
            f"weights must be at least 0 and positive on the diagonal, got {w.min()} and "
            f"{w.diagonal().min()}; clip them and set the diagonal to 1"
        )
    stays = np.linalg.eigvals(w / w.sum(axis=1, keepdims=True)).real  # 1 - Re eigenvalue
    return round(float(np.maximum(0.0, stays).sum()), DIGITS)
