"""Divergences of log-probabilities that can be learnt through, in nats."""

import math

import torch
from torch import Tensor


def kl(logp: Tensor, logq: Tensor) -> Tensor:
    """Kullback-Leibler divergence KL(p || q) >= 0: [..., V], [..., V] -> [...].

    Where p is 0 nothing is added, whatever q says; infinite where q excludes what p allows.
    """
    gap = torch.where(logp > -math.inf, logp - logq, 0.0)
    return (logp.exp() * gap).sum(dim=-1)


def jensen_shannon(logp: Tensor, logq: Tensor) -> Tensor:
    """Jensen-Shannon divergence in [0, log 2], symmetric: [..., V], [..., V] -> [...].

    In logs throughout: an epsilon inside of a log would add up over a large vocabulary.
    """
    # What both exclude adds nothing, but its logaddexp would have no slope.
    neither = (logp == -math.inf) & (logq == -math.inf)
    p, q = (logs.masked_fill(neither, 0.0) for logs in (logp, logq))
    middle = (torch.logaddexp(p, q) - math.log(2)).masked_fill(neither, -math.inf)
    return (kl(logp, middle) + kl(logq, middle)) / 2


def gaussian_kl(
    mean: Tensor, log_variance: Tensor, other_mean: Tensor, other_log_variance: Tensor
) -> Tensor:
    """KL(first || other) >= 0 of Gaussians with independent dimensions: four [..., d] -> [...].

    Summed over the d dimensions.
    """
    wider = log_variance - other_log_variance
    apart = (mean - other_mean).square() * (-other_log_variance).exp()
    return (apart + wider.expm1() - wider).sum(dim=-1) / 2
