"""Kernels: heat on a graph, von Neumann entropy, and the volume that vectors span."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from dubito.maths.arrays import Floats
from dubito.maths.graphs import DIGITS, checked


def heat_kernel(similarity: ArrayLike, *, t: float) -> Floats:
    """exp(-t (D - W)) of the graph with these weights: [K, K] -> [K, K], rows that sum to 1.

    t = 0 is the identity, large t a constant within each connected part.
    """
    w = checked(similarity)
    values, vectors = np.linalg.eigh(np.diag(w.sum(axis=1)) - w)
    return (vectors * np.exp(-t * values)) @ vectors.T


def unit_trace(kernel: ArrayLike) -> Floats:
    """The kernel scaled to 1/K on its diagonal, as a density matrix: [K, K] -> [K, K]."""
    k = np.asarray(kernel, dtype=np.float64)
    scale = 1 / np.sqrt(k.diagonal())  # [K]
    return scale[:, None] * k * scale / len(k)


def von_neumann_entropy(density: ArrayLike) -> float:
    """Entropy of the eigenvalues in [0, log K] nats of a symmetric, unit-trace [K, K].

    Raises:
        ValueError: the trace is not 1; see `unit_trace`.
    """
    rho = np.asarray(density, dtype=np.float64)
    if not np.isclose(rho.trace(), 1):
        raise ValueError(f"a density matrix has trace 1, got {rho.trace()}; apply unit_trace first")
    # Rounding leaves eigenvalues of -1e-17, for which there is no logarithm.
    return round(float(entr(np.clip(np.linalg.eigvalsh(rho), 0.0, 1.0)).sum()), DIGITS)


def log_volume(vectors: ArrayLike, *, eps: float) -> float:
    """log det(V V' + eps I) of n vectors in rows, [n, d]: -inf where they depend and eps is 0.

    With eps = 0 it is twice the log of the volume that they span. Read from singular values,
    which keep the digits that a Gram matrix loses.
    """
    v = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.svd(v, compute_uv=False)  # [min(n, d)], longest first
    dust = lengths.max(initial=0.0) * max(v.shape) * np.finfo(np.float64).eps
    spread = np.zeros(len(v))  # [n] eigenvalues of the Gram matrix; more vectors than axes: 0
    spread[: len(lengths)] = np.where(lengths > dust, lengths, 0.0) ** 2
    with np.errstate(divide="ignore"):
        return float(np.log(spread + eps).sum())
