"""How much of each token of a context is being used, as attention shows it [huang2025]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.maths.arrays import Floats, Integers

NOTHING = 1e-8  # attention below which a head looks at no token of the context


class Ratios(NamedTuple):
    """The distinct tokens of a context, and the share of attention that each head gives them."""

    ids: Integers  # [C] rising
    values: Floats  # [C, H] in [0, 1]; each head sums to 1, or to 0 where it looks elsewhere


def attention_ratios(attention: ArrayLike, ids: ArrayLike) -> Ratios:
    """Shares by token, of H heads' attention [H, m] to m positions that hold `ids` [m].

    A token that stands in several places counts with its mean, so repeating it does not raise it.
    """
    weights, tokens = np.asarray(attention, dtype=np.float64), np.asarray(ids)
    if tokens.ndim != 1 or not len(tokens) or weights.shape[1:] != tokens.shape:
        raise ValueError(
            f"attention [H, m] and m >= 1 ids needed, got {weights.shape} and {tokens.shape}"
        )
    if not (weights >= 0).all():
        raise ValueError("attention must be at least 0 and not NaN")
    distinct, which, count = np.unique(tokens, return_inverse=True, return_counts=True)
    mean = np.zeros((len(distinct), len(weights)))  # [C, H]
    np.add.at(mean, which, weights.T)
    mean /= count[:, None]
    return Ratios(distinct, mean / np.maximum(mean.sum(axis=0), NOTHING))


def within_rank(logp: ArrayLike, ids: ArrayLike, *, rank: int) -> NDArray[np.bool_]:
    """[C]: which tokens are among the `rank` likeliest of [V]; ties share the better rank."""
    values, tokens = np.asarray(logp, dtype=np.float64), np.asarray(ids)
    if rank < 1 or not np.isin(tokens, np.arange(len(values))).all():
        raise ValueError(f"rank at least 1 and ids below {len(values)} needed, got {rank}")
    if rank >= len(values):
        return np.ones(len(tokens), dtype=bool)
    return values[tokens] >= np.partition(values, -rank)[-rank]


def utilisation(weight: ArrayLike, used: ArrayLike) -> Floats:
    """Distribution over C tokens by their weight where they are used, else 0: [C], [C] -> [C].

    Sums to 1, or is 0 throughout where no used token has a weight above 0.
    """
    kept = np.where(np.asarray(used), np.maximum(np.asarray(weight, dtype=np.float64), 0.0), 0.0)
    total = kept.sum()
    return kept / total if total > NOTHING else np.zeros_like(kept)
