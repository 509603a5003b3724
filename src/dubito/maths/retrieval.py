"""How well scores put what belongs together first: precision by rank, and the nearest neighbour.

Equal scores share their places, so that a score that is the same everywhere gains nothing by the
order in which the targets happen to stand.
"""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Flags, Floats
from dubito.maths.directions import nearest_by_cosine
from dubito.maths.ranking import auprc


def average_precision(scores: ArrayLike, relevant: ArrayLike) -> Floats:
    """Precision at each relevant target, averaged, in (0, 1]: [Q, Y], bool [Q, Y] -> [Q].

    Equal scores are found together. NaN for a query without a relevant target. Its mean over
    queries, `numpy.nanmean`, is MAP.
    """
    s, r = checked(scores, relevant)
    return np.array([auprc(*row) for row in zip(s, r, strict=True)], dtype=np.float64)


def r_precision(scores: ArrayLike, relevant: ArrayLike, *, k: int = 10) -> Floats:
    """RP@k in [0, 1]: relevant targets among the first k, over min(k, how many there are); [Q].

    Of those that share the last place a share counts. NaN for a query without a relevant target.
    """
    s, r = checked(scores, relevant)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    k = min(k, s.shape[1])
    last = -np.sort(-s, axis=1)[:, k - 1, None]  # [Q, 1] the score of the last place
    above, level = s > last, s == last
    room = (k - above.sum(axis=1)) / level.sum(axis=1)  # [Q] share of the last ones that fit
    hits = (r & above).sum(axis=1) + room * (r & level).sum(axis=1)
    reachable = np.minimum(r.sum(axis=1), k)
    return np.where(reachable > 0, hits / np.maximum(reachable, 1), np.nan)


def neighbour_alike(embeddings: ArrayLike, labels: ArrayLike) -> Flags:
    """Is the row with the highest cosine to it, itself left out, of its class? [N, d], [N] -> [N].

    The mean is recall at 1. Of equal neighbours the first one counts.

    Raises:
        ValueError: fewer than two rows, or one without direction.
    """
    x, y = np.asarray(embeddings, dtype=np.float64), np.asarray(labels)
    if x.ndim != 2 or len(x) < 2 or y.shape != x.shape[:1]:
        raise ValueError(f"rows [N, d] with N >= 2 and labels [N] needed, got {x.shape}, {y.shape}")
    return y[nearest_by_cosine(x, 1, np.arange(len(x)))[:, 0]] == y


def checked(scores: ArrayLike, relevant: ArrayLike) -> tuple[Floats, Flags]:
    """Both as arrays of one shape [Q, Y] without NaN."""
    s, r = np.asarray(scores, dtype=np.float64), np.asarray(relevant, dtype=bool)
    if s.ndim != 2 or s.shape != r.shape or not s.shape[1]:
        raise ValueError(f"scores and matches of one shape [Q, Y] needed, got {s.shape}, {r.shape}")
    if np.isnan(s).any():
        raise ValueError(f"{np.isnan(s).sum()} of {s.size} scores are NaN; leave these queries out")
    return s, r
