"""A covariance that can always be inverted [ledoit2004], and distance in its units."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats


class Gaussian(NamedTuple):
    """Where points lie and how they spread."""

    location: Floats  # [d]
    precision: Floats  # [d, d] inverse covariance


def shrunk_covariance(rows: ArrayLike) -> Floats:
    """Covariance [d, d] of rows [N, d], its correlations pulled towards 0.

    The share of the pull is the one that [ledoit2004] expect to be nearest to the truth: small
    for many rows, near 1 for few rows without a direction of their own.
    Differs: rows are standardised first, since the pull is towards one variance for all: a few
    numbers of a model's states vary a thousand times as much as the rest and would drown it.
    """
    x = np.asarray(rows, dtype=np.float64)
    spread = x.std(axis=0)  # [d]
    scale = np.where(spread > 0, spread, 1.0)
    return pulled((x - x.mean(axis=0)) / scale) * np.outer(scale, scale)


def pulled(x: Floats) -> Floats:
    """Covariance [d, d] of centred rows [N, d], pulled towards their mean variance."""
    n, d = x.shape
    raw = x.T @ x / n  # [d, d]
    level = raw.trace() / d
    away = float((raw**2).sum() - d * level**2)  # squared distance of `raw` from level * I
    noise = float(((x**2).sum(axis=1) ** 2).mean() - (raw**2).sum()) / n
    share = min(max(noise / away, 0.0), 1.0) if away > 0 else 1.0
    return (1 - share) * raw + share * level * np.eye(d)


def fit_gaussian(rows: ArrayLike) -> Gaussian:
    """Mean and inverse shrunk covariance of rows [N, d].

    Raises:
        ValueError: fewer than 3 rows, or rows that leave some direction without any spread.
    """
    x = np.asarray(rows, dtype=np.float64)
    if len(x) < 3:
        raise ValueError(f"a covariance needs at least 3 rows, got {len(x)}")
    covariance = shrunk_covariance(x)
    scale = np.sqrt(covariance.diagonal())  # [d]
    units = np.where(scale > 0, np.outer(scale, scale), 1.0)
    values, axes = np.linalg.eigh(covariance / units)  # [d] rising; of the correlations
    if values[0] <= values[-1] * len(values) * np.finfo(np.float64).eps:
        raise ValueError(
            f"{len(x)} rows of {x.shape[1]} numbers do not vary enough for a covariance; "
            "are they all the same?"
        )
    return Gaussian(x.mean(axis=0), (axes / values) @ axes.T / units)


def squared_mahalanobis(points: ArrayLike, location: ArrayLike, precision: ArrayLike) -> Floats:
    """(x - m)' P (x - m) >= 0 of points [..., d]: [...]."""
    away = np.asarray(points, dtype=np.float64) - np.asarray(location)
    return np.maximum(((away @ np.asarray(precision)) * away).sum(axis=-1), 0.0)
