"""Dirichlet distributions over K classes: what evidential heads are trained by [sensoy2018].

A head gives concentrations alpha > 0, [..., K]; alpha - 1 is its evidence for each class.
"""

import math

import torch
from torch import Tensor


def uniform_kl(alpha: Tensor) -> Tensor:
    """KL(Dir(alpha) || Dir(1)), nats, >= 0: [..., K] -> [...]; 0 where there is no evidence."""
    total = alpha.sum(dim=-1)  # [...]
    constant = torch.lgamma(total) - torch.lgamma(alpha).sum(dim=-1) - math.lgamma(alpha.shape[-1])
    slope = torch.digamma(alpha) - torch.digamma(total)[..., None]  # [..., K] E log p
    return constant + ((alpha - 1) * slope).sum(dim=-1)


def expected_surprise(alpha: Tensor, target: Tensor) -> Tensor:
    """E[-log p of the true class] under Dir(alpha), nats, > 0: [..., K], int64 [...] -> [...]."""
    return torch.digamma(alpha.sum(dim=-1)) - torch.digamma(of_target(alpha, target))


def expected_brier(alpha: Tensor, target: Tensor) -> Tensor:
    """E[sum_i (y_i - p_i)^2] under Dir(alpha), in [0, 2]: [..., K], int64 [...] -> [...].

    The squared error of the mean and the variance around it.
    """
    total = alpha.sum(dim=-1, keepdim=True)
    mean = alpha / total
    variance = (mean * (1 - mean) / (total + 1)).sum(dim=-1)
    missed = (mean**2).sum(dim=-1) + 1 - 2 * of_target(mean, target)
    return missed + variance


def misleading(alpha: Tensor, target: Tensor) -> Tensor:
    """The same concentrations with 1 for the true class: [..., K], int64 [...] -> [..., K].

    What is left is evidence for something false.
    """
    return alpha.scatter(-1, target[..., None], 1.0)


def vacuity(alpha: Tensor) -> Tensor:
    """K / sum of alpha, doubt in (0, 1] where alpha >= 1: [..., K] -> [...]; 1 without evidence."""
    return alpha.shape[-1] / alpha.sum(dim=-1)


def of_target(values: Tensor, target: Tensor) -> Tensor:
    """The value of the true class: [..., K], int64 [...] -> [...]."""
    return values.gather(-1, target[..., None])[..., 0]
