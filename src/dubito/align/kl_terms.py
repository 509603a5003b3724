"""How far a policy has moved from its reference, token by token: three estimators [schulman2020].

All read the log-ratio log pi - log pi_ref of sampled tokens, and are to be learnt through. On
samples of the policy itself the *slope* of `squared` (halved) is that of the KL divergence;
that of `unbiased` is not, although its value is.
"""

import torch
from torch import Tensor


def squared(log_ratio: Tensor) -> Tensor:
    """The squared log-ratio >= 0 of each token, 0 where both policies agree; the "k2", doubled."""
    return log_ratio.square()


def unbiased(log_ratio: Tensor) -> Tensor:
    """exp(-l) - 1 + l >= 0 of each token, whose mean over the policy's samples is KL; the "k3"."""
    return torch.expm1(-log_ratio) + log_ratio


def masked_mean(values: Tensor, mask: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean over the kept tokens of all rows: [B, T], [B, T] -> a scalar, 0 where none is kept.

    `weight` [B] multiplies each row's tokens. It does not divide: rows that weigh much count more.
    """
    kept = mask.to(values.dtype)  # [B, T]
    scaled = values if weight is None else values * weight[:, None]
    # What is not kept may be infinite, and times 0 it would be NaN.
    total = torch.where(mask.bool(), scaled, 0.0).sum()
    return total / kept.sum().clamp(min=1)
