"""How good a ranking is of things that are of use to different degrees: nDCG, and regret.

Equal scores share their places, so that a score that is the same everywhere gains nothing by the
order in which the things happen to stand.
"""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.ranks import midranks
from dubito.maths.rejection import expected_wrong


def ndcg(scores: ArrayLike, gains: ArrayLike) -> float:
    """Gains over log2(1 + place), summed, over the most that an order can reach: [N], [N] >= 0.

    In (0, 1], higher is better; 1 where the scores put the gains in falling order. NaN where all
    gains are 0: every order is as good.

    Raises:
        ValueError: a gain below 0.
    """
    s, g = pairs(scores, gains)
    if (g < 0).any():
        raise ValueError(f"gains must be at least 0, got {g.min()}")
    discounts = 1 / np.log2(np.arange(len(g)) + 2)  # [N] of the places
    most = float(np.sort(g)[::-1] @ discounts)
    placed = expected_wrong(-s, g)  # [N] the gain expected at each place, best first
    return float(placed @ discounts) / most if most else float("nan")


def rank_gains(worth: ArrayLike) -> Floats:
    """2^(N + 1 - place) - 1 of each of N things by how much they are worth, [N] -> [N].

    So that the first few places are nearly all that counts; equal worth shares the places.
    """
    return np.exp2(midranks(worth)) - 1


def regret(scores: ArrayLike, worth: ArrayLike, *, k: int) -> float:
    """What the k of highest score are worth less than the k best, as a share of these; 0 is best.

    [N], [N], both as means of k. Of those that share the last place a share counts.

    Raises:
        ValueError: k outside 1 .. N, or the k best are worth nothing.
    """
    s, w = pairs(scores, worth)
    if not 1 <= k <= len(w):
        raise ValueError(f"k must be in 1 .. {len(w)}, got {k}")
    best = float(np.sort(w)[::-1][:k].mean())
    if not best > 0:
        raise ValueError(f"a share of what the k best are worth needs it above 0, got {best}")
    got = expected_wrong(-s, w)[:k].mean()
    return float((best - got) / best)


def pairs(scores: ArrayLike, worth: ArrayLike) -> tuple[Floats, Floats]:
    """Both as arrays of one length, without a NaN."""
    s, w = np.asarray(scores, dtype=np.float64), np.asarray(worth, dtype=np.float64)
    if s.ndim != 1 or s.shape != w.shape or not len(s):
        raise ValueError(f"a score and a worth of each needed, got {s.shape} and {w.shape}")
    if np.isnan(s).any() or not np.isfinite(w).all():
        raise ValueError("a score is NaN or a worth not finite; leave these out and count them")
    return s, w
