"""What rows of attention weights show: where each token of an answer looks, and how sharply."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats, Integers

# Attention falls with distance whatever is said; these factors for the 10 nearest tokens before,
# nearest first, take that out [li2025b].
RECENCY = (0.166, 0.209, 0.330, 0.461, 0.593, 0.675, 0.739, 0.813, 0.874, 0.939)


def among_answer(attention: Floats) -> Floats:
    """The columns of the answer's own tokens: [..., T, P + T] -> [..., T, T]."""
    return attention[..., attention.shape[-1] - attention.shape[-2] :]


def to_previous(attention: Floats) -> Floats:
    """Weight of each token but the first on the one right before it: [..., T, P + T] -> [..., T-1].

    The first token of the answer has one of the prompt before it and is left out.
    """
    return np.diagonal(among_answer(attention), offset=-1, axis1=-2, axis2=-1)


def recent(attention: Floats, *, span: int) -> Floats:
    """Weights of each token on itself and the span - 1 tokens before: -> [..., T, span].

    From [..., T, P + T], nearest first; 0 where there is no such token.
    """
    size, columns = attention.shape[-2:]
    own = np.arange(size)[:, None] + (columns - size)  # [T, 1]
    column = own - np.arange(span)  # [T, span]
    found = np.take_along_axis(
        attention, np.broadcast_to(np.maximum(column, 0), (*attention.shape[:-1], span)), axis=-1
    )
    return np.where(column >= 0, found, 0.0)


def without_habits(attention: Floats) -> Floats:
    """Where tokens look beyond habit: [..., T, P + T] -> the same shape, each row of sum 1 or 0.

    Left out are the first token of the prompt, on which idle heads rest, and the token itself;
    the 10 tokens before are scaled down by `RECENCY`. Rows that held nothing else are 0.
    """
    size, columns = attention.shape[-2:]
    distance = (np.arange(size)[:, None] + columns - size) - np.arange(columns)  # [T, P + T]
    factors = np.array([0.0, *RECENCY, 1.0])  # by distance 0, 1 .. 10, beyond
    factor = factors[np.clip(distance, 0, len(factors) - 1)]  # [T, P + T]; 0 for what is to come
    factor[:, 0] = 0.0
    kept = np.asarray(attention, dtype=np.float64) * factor
    total = kept.sum(axis=-1, keepdims=True)
    return np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)


def row_entropies(weights: ArrayLike) -> Floats:
    """Entropy of each row of weights that sum to 1, nats: [..., N] -> [...]; infinite for a 0 row.

    A row of zeros looks nowhere, which is not looking sharply.
    """
    w = np.asarray(weights, dtype=np.float64)
    spread = -(w * np.log(np.where(w > 0, w, 1.0))).sum(axis=-1)
    return np.where(w.any(axis=-1), np.maximum(spread, 0.0), np.inf)


def sharpest_looks(attention: Floats, *, heads: int) -> Floats:
    """Where the sharpest heads look: [L, H, T, P + T] -> [T, P + T] in [0, 1].

    Row by row: habits are taken out, the `heads` rows of least entropy over all layers are kept,
    and each column has the greatest of their weights.
    """
    size, columns = attention.shape[-2:]
    flat = attention.reshape(-1, size, columns)  # [L * H, T, P + T]
    looks = np.zeros((size, columns))
    for t in range(size):  # a row at a time: all of them in float64 would not fit for long answers
        row = without_habits(flat[:, t, None, : columns - size + t + 1])[:, 0]  # [L * H, P + t + 1]
        chosen = np.argsort(row_entropies(row), kind="stable")[:heads]
        looks[t, : row.shape[1]] = row[chosen].max(axis=0)
    return looks


def strongest_heads(weights: Floats, *, heads: int) -> Integers:
    """Rows of the greatest sum: [N, T] -> [min(heads, N)], first ones on a tie."""
    return np.argsort(-weights.sum(axis=-1), kind="stable")[:heads]
