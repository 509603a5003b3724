"""UP-RLHF [zhai2023], the first half: reward models as low-rank members, pushed apart."""

import torch
from torch import Tensor, nn

from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.sampled_low_rank import SampledLowRank


def diversity(a: Tensor) -> Tensor:
    """Nuclear over Frobenius norm of the members' A on top of each other: [N, r, d] -> a scalar.

    In [1, sqrt(min(N r, d))]: 1 where all rows are one direction, the most where they are
    orthogonal and of one length. It does not know the scale. To be learnt through.

    Raises:
        ValueError: factors that are all 0, or not [N, r, d].
    """
    if a.ndim != 3 or not bool(a.any()):
        raise ValueError(f"factors [N, r, d] that are not all 0 needed, got {[*a.shape]}")
    values = torch.linalg.svdvals(a.flatten(0, 1))  # [min(N r, d)]
    return values.sum() / values.square().sum().sqrt()


def mean_diversity(model: nn.Module) -> Tensor:
    """The mean over all layers that have low-rank members.

    Raises:
        ValueError: there is none.
    """
    layers = [m for m in model.modules() if isinstance(m, SampledLowRank)]
    if not layers:
        raise ValueError("no layer has low-rank members; attach a LoRAEnsemble first")
    return torch.stack([diversity(layer.a) for layer in layers]).mean()


def diverse_loss(
    chosen: Tensor, rejected: Tensor, model: nn.Module, *, weight: float = 0.1, joint: bool = False
) -> Tensor:
    """Members' preference losses in the mean, nats, less weight times their diversity: a scalar.

    Rewards [N, B] of B pairs. Their B being 0 at first, members need heads of their own, or they
    would stay one. With `joint` they learn one loss, that of their mean reward.

    Differs: the paper learns jointly. Members then are held by their mean alone, and drift apart
    where the data are as much as elsewhere, so that disagreement no longer tells what is familiar.

    Raises:
        ValueError: a weight below 0.
    """
    if not weight >= 0:
        raise ValueError(f"weight must be at least 0, got {weight}")
    if joint:
        chosen, rejected = chosen.mean(dim=0), rejected.mean(dim=0)
    preference = bradley_terry(chosen, rejected).mean()
    return preference - weight * mean_diversity(model) if weight else preference
