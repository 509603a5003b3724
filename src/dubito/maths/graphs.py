"""A graph of answers, from how alike they are in pairs: degrees and Laplacian spectrum [lin2024].

`similarity` is always symmetric, [K, K], at least 0, with a positive diagonal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats

DIGITS = 12  # equal graphs must tie, whatever the order of their answers does to the last bits


class Spectrum(NamedTuple):
    """Eigenvalues, smallest first, and their unit eigenvectors in columns."""

    values: Floats  # [K]
    vectors: Floats  # [K, K]


def checked(similarity: ArrayLike) -> Floats:
    """The matrix in float64.

    Raises:
        ValueError: it is empty, not square, not symmetric, negative, or 0 on the diagonal.
    """
    w = np.asarray(similarity, dtype=np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not w.size:
        raise ValueError(f"similarity must be a square matrix [K, K], got shape {w.shape}")
    if not np.allclose(w, w.T):  # NaN fails too
        raise ValueError("similarity must be symmetric; average its two directions first")
    if w.min() < 0 or not w.diagonal().min() > 0:
        raise ValueError(
            f"similarity must be at least 0 and positive on the diagonal, got {w.min()} and "
            f"{w.diagonal().min()}; clip it and set the diagonal to 1"
        )
    return w


def laplacian(similarity: ArrayLike) -> Floats:
    """Symmetric normalised Laplacian I - D^(-1/2) W D^(-1/2): [K, K] -> [K, K].

    Degrees D count each answer's similarity to itself.
    """
    w = checked(similarity)
    scale = 1 / np.sqrt(w.sum(axis=1))  # [K]
    return np.eye(len(w)) - scale[:, None] * w * scale


def spectrum(similarity: ArrayLike) -> Spectrum:
    """Eigenvalues in [0, 2] and eigenvectors of the symmetric normalised Laplacian."""
    values, vectors = np.linalg.eigh(laplacian(similarity))
    return Spectrum(values.round(DIGITS), vectors)


def soft_components(similarity: ArrayLike) -> float:
    """A soft number of groups in [1, K], sum of max(0, 1 - eigenvalue): c blocks of ones give c."""
    return round(float(np.maximum(0.0, 1 - spectrum(similarity).values).sum()), DIGITS)


def eccentricities(similarity: ArrayLike, *, cut: float = 0.9) -> Floats:
    """Distance of each answer from their centre, >= 0: [K, K] -> [K].

    An answer's place is its row of the eigenvectors with eigenvalues below the cut.
    """
    values, vectors = spectrum(similarity)
    place = vectors[:, values < cut]  # [K, kept]
    return np.linalg.norm(place - place.mean(axis=0), axis=1)


def eccentricity(similarity: ArrayLike, *, cut: float = 0.9) -> float:
    """Norm of the `eccentricities` in [0, sqrt(K - 1)]: c blocks of ones give sqrt(c - 1).

    Jumps where an eigenvalue passes the cut.
    """
    return round(float(np.linalg.norm(eccentricities(similarity, cut=cut))), DIGITS)


def degree_doubt(similarity: ArrayLike) -> float:
    """1 - mean similarity, an answer with itself included, in [0, 1 - 1/K] for a unit diagonal."""
    return round(float(1 - checked(similarity).mean()), DIGITS)


def pair_distance(similarity: ArrayLike) -> float:
    """1 - mean similarity of two different answers, in [0, 1]; needs K >= 2."""
    w = checked(similarity)
    if len(w) < 2:
        raise ValueError("one answer makes no pair; give at least 2")
    return round(float(1 - w[~np.eye(len(w), dtype=bool)].mean()), DIGITS)
