"""Principal axes in the space of a kernel [schoelkopf1998]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats


class Axes(NamedTuple):
    """What projects a point, given its kernel with the N points of the fit."""

    weights: Floats  # [N, D] of the points of the fit, for each axis
    mean: Floats  # [N] mean kernel of each point of the fit with all of them


def radial(x: ArrayLike, y: ArrayLike, *, gamma: float) -> Floats:
    """exp(-gamma |x - y|^2) in [0, 1] for all pairs: [M, d], [N, d] -> [M, N]."""
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.exp(-gamma * np.maximum(squares, 0.0))


def fit_axes(kernel: Floats, dimensions: int) -> Axes:
    """The D axes of most variance, at most `dimensions`; axes without variance are left out.

    `kernel` [N, N] is symmetric: of the dot product this is ordinary PCA.
    """
    mean = kernel.mean(axis=0)  # [N]
    centred = kernel - mean - mean[:, None] + mean.mean()
    values, vectors = np.linalg.eigh(centred)  # rising
    values, vectors = values[::-1][:dimensions], vectors[:, ::-1][:, :dimensions]
    kept = values > values[0] * len(values) * 1e-12
    vectors = vectors[:, kept]
    # An axis has no sign of its own: its largest weight is made positive.
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(vectors.shape[1])])
    return Axes(vectors / np.sqrt(values[kept]), mean)


def project(kernel: ArrayLike, axes: Axes) -> Floats:
    """Coordinates [M, D] of M points, from their kernel with the points of the fit, [M, N]."""
    # The weights of an axis sum to 0, so centring each row as well would change nothing.
    return (np.asarray(kernel, dtype=np.float64) - axes.mean) @ axes.weights
