"""Losses that pull together what matches and push apart the rest, from a matrix of scores.

Scores [Q, Y] are already divided by their temperature; `matches`, bool [Q, Y], holds every true
pair of the batch, also those that were not drawn as pairs.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus


def info_nce(scores: Tensor, matches: Tensor) -> Tensor:
    """-log softmax over all targets, averaged over the matches of each query, nats; a number.

    The mean over queries that have a match; the others are left out. Each match stands outside
    of the logarithm [khosla2020], so one match is plain cross-entropy [oord2018].

    Raises:
        ValueError: shapes that differ, or no match at all.
    """
    checked(scores, matches)
    count = matches.sum(dim=1)  # [Q]
    logp = scores.log_softmax(dim=1)  # [Q, Y]
    each = -logp.masked_fill(~matches, 0.0).sum(dim=1) / count.clamp(min=1)  # [Q]
    return each[count > 0].mean()


def both_ways(scores: Tensor, matches: Tensor) -> Tensor:
    """`info_nce` from queries to targets plus that from targets to queries, nats; a number."""
    return info_nce(scores, matches) + info_nce(scores.T, matches.T)


def sigmoid_pairs(logits: Tensor, matches: Tensor) -> Tensor:
    """-log p of each pair's own yes or no, summed over targets, nats; the mean over queries.

    Each pair is judged by itself [zhai2023siglip], so no batch has to hold all the negatives.
    """
    checked(logits, matches)
    return softplus(torch.where(matches, -logits, logits)).sum(dim=1).mean()


def match_log_odds(scores: Tensor, matches: Tensor, others: Tensor) -> Tensor:
    """log sum exp over the matches less that over the others: [..., Q, Y] -> [..., Q].

    NaN where a query has no match or no other; pairs in neither mask are left out.
    """
    inside = scores.masked_fill(~matches, -math.inf).logsumexp(dim=-1)
    outside = scores.masked_fill(~others, -math.inf).logsumexp(dim=-1)
    known = matches.any(dim=-1) & others.any(dim=-1)
    return torch.where(known, inside - outside, math.nan)


def checked(scores: Tensor, matches: Tensor) -> None:
    """Refuse shapes that differ and a batch that teaches nothing."""
    if scores.ndim != 2 or scores.shape != matches.shape or matches.dtype != torch.bool:
        raise ValueError(
            "scores [Q, Y] and matches bool [Q, Y] needed, "
            f"got {tuple(scores.shape)} and {matches.dtype} {tuple(matches.shape)}"
        )
    if not matches.any():
        raise ValueError("no match in this batch; draw pairs that belong together")
