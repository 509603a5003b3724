"""Doubt of an ensemble about whole answers, from S of them that it has drawn [malinin2021]."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.ensembles import EnsembleDoubts, ensemble_doubts, mixture
from dubito.maths.entropy import log_normalise


class JointDoubts(NamedTuple):
    """Of one question, nats a token."""

    total: float  # minus the mean log-probability, >= 0
    reverse: (
        float  # reverse mutual information: mean log(mixture / member); noise may put it below 0
    )


def expectation_of_products(logp: ArrayLike, kept: ArrayLike) -> Floats:
    """log of the members' mean probability of each whole answer: [M, S, T], [S, T] -> [S]."""
    return mixture(whole(logp, kept))


def product_of_expectations(logp: ArrayLike, kept: ArrayLike) -> Floats:
    """log of the product of the members' mean token probabilities: [M, S, T], [S, T] -> [S].

    The law of a decoder that averages the members at each token.
    """
    return np.where(kept, mixture(logp), 0.0).sum(axis=-1)


def whole(logp: ArrayLike, kept: ArrayLike) -> Floats:
    """Each member's log-probability of each whole answer: [M, S, T], [S, T] -> [M, S].

    Raises:
        ValueError: shapes that do not fit, an answer without a token, a NaN that is kept.
    """
    logs, tokens = np.asarray(logp, dtype=np.float64), np.asarray(kept, dtype=bool)
    if logs.ndim != 3 or tokens.shape != logs.shape[1:]:
        raise ValueError(f"[M, S, T] and [S, T] needed, got {logs.shape} and {tokens.shape}")
    lengths(tokens)
    totals = np.where(tokens, logs, 0.0).sum(axis=-1)
    if not (totals <= 0).all():
        raise ValueError(f"log-probabilities are at most 0 and not NaN, got {totals.max()}")
    return totals


def lengths(kept: ArrayLike) -> Floats:
    """How many tokens each answer has: [S, T] -> [S].

    Raises:
        ValueError: an answer without a token.
    """
    count = np.asarray(kept, dtype=bool).sum(axis=-1)
    if not count.size or not (count > 0).all():
        raise ValueError(f"every answer needs a token, got lengths {count}")
    return count.astype(np.float64)


def joint_doubts(
    members: ArrayLike, ensemble: ArrayLike, length: ArrayLike, *, weights: ArrayLike | None = None
) -> JointDoubts:
    """Total and reverse information from members' [M, S] and ensemble's [S] log-probabilities.

    Of answers drawn from the ensemble itself, weighted alike; `weights` [S], which are scaled to
    a sum of 1, are for a beam (`likelihood_weights`). Each answer counts by the token.
    """
    each, joint = np.asarray(members, dtype=np.float64), np.asarray(ensemble, dtype=np.float64)
    share = shares(len(joint), weights) / np.asarray(length, dtype=np.float64)  # [S]
    if not np.isfinite(joint).all():
        raise ValueError("the ensemble gives an answer probability 0: it cannot have drawn it")
    return JointDoubts(
        total=-float((share * joint).sum()),
        reverse=float((share * (joint - each.mean(axis=0))).sum()),
    )


def chain_doubts(
    logp: ArrayLike, kept: ArrayLike, *, weights: ArrayLike | None = None
) -> EnsembleDoubts:
    """The five measures by the chain rule, nats a token: [M, S, T, V], [S, T] -> one number each.

    Each token's measure is averaged over its answer, then over the answers. Members are weighted
    alike at every token, as where their token probabilities are averaged.
    Differs: no weighting of members by how likely they made the tokens before.
    """
    logs, tokens = np.asarray(logp, dtype=np.float64), np.asarray(kept, dtype=bool)
    if logs.ndim != 4 or tokens.shape != logs.shape[1:3]:
        raise ValueError(f"[M, S, T, V] and [S, T] needed, got {logs.shape} and {tokens.shape}")
    share = shares(len(tokens), weights) / lengths(tokens)  # [S]
    measures = ensemble_doubts(logs[:, tokens])  # [N] of the N tokens that are kept
    each = np.broadcast_to(share[:, None], tokens.shape)[tokens]  # [N]
    return EnsembleDoubts(*((each * measure).sum() for measure in measures))


def likelihood_weights(ensemble: ArrayLike, *, temperature: float = 1.0) -> Floats:
    """Weights of a beam's S answers, sum 1: their probability to the power 1 / temperature."""
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    return np.exp(log_normalise(np.asarray(ensemble, dtype=np.float64) / temperature))


def shares(count: int, weights: ArrayLike | None) -> Floats:
    """Weights [S], scaled to a sum of 1; alike where none are given."""
    given = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != (count,) or not (given >= 0).all() or not given.sum() > 0:
        raise ValueError(f"{count} weights of at least 0 needed, got {given}")
    return given / given.sum()
