"""Bounds for a finite sample: conformal quantile [vovk2005], binomial bounds [clopper1934]."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv


def conformal_quantile(scores: ArrayLike, alpha: float) -> NDArray[np.floating[Any]]:
    """What the next score exceeds with probability at most alpha: [..., n] -> [...].

    The ceil((n + 1)(1 - alpha))-th smallest of n exchangeable scores; infinite where n is too
    small for that rank. Without ties the coverage is exactly rank / (n + 1).

    Raises:
        ValueError: alpha outside (0, 1), or a NaN score.
    """
    array = np.asarray(scores, dtype=np.float64)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
    if np.isnan(array).any():
        raise ValueError(
            f"{np.isnan(array).sum()} NaN among the scores; leave them out and count them"
        )
    n = array.shape[-1]
    # Rounded first: (9 + 1)(1 - 0.7) is a little above 3 in floating point.
    rank = math.ceil(round((n + 1) * (1 - alpha), 9))
    if rank > n:
        return np.full(array.shape[:-1], np.inf)
    return np.sort(array, axis=-1)[..., rank - 1]


def binomial_upper(events: ArrayLike, n: ArrayLike, confidence: float) -> NDArray[np.floating[Any]]:
    """Upper bound in (0, 1] on a probability after `events` among n trials, elementwise.

    One-sided: not below the true probability with at least this confidence, whatever n.
    1 where n is 0 or all trials are events.

    Raises:
        ValueError: confidence outside (0, 1), or events outside 0..n.
    """
    k, m = np.broadcast_arrays(np.asarray(events), np.asarray(n))
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie inside (0, 1), got {confidence}")
    if (k < 0).any() or (k > m).any():
        raise ValueError(f"events must lie between 0 and n, got {k} of {m}")
    # Where all trials are events the beta law has no density; its bound is 1.
    return np.where(k < m, betaincinv(k + 1, np.maximum(m - k, 1), confidence), 1.0)


def allowed_errors(n: int, risk: float, delta: float) -> int:
    """The most errors among n trials that still prove an error rate of at most `risk`; -1: none.

    The greatest k with P(Binomial(n, risk) <= k) <= delta: a true rate above the risk shows so
    few errors with probability at most delta.

    Raises:
        ValueError: n below 0, or risk or delta outside (0, 1).
    """
    if n < 0 or not 0 < risk < 1 or not 0 < delta < 1:
        raise ValueError(
            f"n must be at least 0, risk and delta inside (0, 1), got {n}, {risk} and {delta}"
        )
    tail = bdtr(np.arange(n), n, risk)  # [n] P(X <= k), k = 0..n-1; it is 1 at k = n
    return int(np.searchsorted(tail, delta, side="right")) - 1
