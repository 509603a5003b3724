"""How a mixture of experts fares [wang2024home]: silent experts, scales, who reads whom, loads."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from dubito.nn.expert_bank import Mixture


class Health(NamedTuple):
    """The diagnosis of one layer on one batch; see the functions of this module."""

    read: Tensor  # [T, E] mean weight
    occupancy: Tensor  # [E] in [1 / T, 1]
    own: Tensor  # [T] weight of the task's own experts; low: the task starves
    zero: Tensor  # [E] share of outputs that are 0
    scale: float  # largest over smallest spread of an expert, at least 1


@torch.no_grad()
def health(mixture: Mixture, own: Tensor) -> Health:
    """Of a layer's outputs and weights, and bool [T, E]: which experts are a task's own.

    Taken in evaluation mode, on rows that training has not seen.
    """
    outputs, weights = mixture
    read = mean_weight(weights)
    return Health(
        read=read,
        occupancy=occupancy(read),
        own=(read * own).sum(dim=1),
        zero=zero_rate(outputs),
        scale=scale_ratio(outputs),
    )


def mean_weight(weights: Tensor) -> Tensor:
    """Mean weight of each expert for each task, [B, T, E] -> [T, E]: who reads whom."""
    return weights.mean(dim=0)


def occupancy(read: Tensor) -> Tensor:
    """Share of an expert that its greatest reader takes, [T, E] -> [E] in [1 / T, 1].

    1: a shared expert works for one task alone. NaN: nobody reads it. Weights of any sign count
    by their size.
    """
    size = read.abs()
    return size.max(dim=0).values / size.sum(dim=0)


def zero_rate(outputs: Tensor, *, below: float = 1e-6) -> Tensor:
    """Share of each expert's outputs that are 0, up to `below`; [B, E, d] -> [E] in [0, 1]."""
    return (outputs.abs() < below).double().mean(dim=(0, 2))


def scale_ratio(outputs: Tensor) -> float:
    """Standard deviation of the widest expert over that of the narrowest; infinite: one is dead."""
    spread = outputs.transpose(0, 1).flatten(1).std(dim=1, correction=0)  # [E]
    least, most = float(spread.min()), float(spread.max())
    return most / least if least > 0 else math.inf


def load(weights: Tensor) -> Tensor:
    """Share of rows whose greatest weight is each expert's, [..., E] -> [E] of sum 1."""
    first = weights.argmax(dim=-1).flatten()
    return torch.bincount(first, minlength=weights.shape[-1]).to(weights) / len(first)


def load_balance(probabilities: Tensor) -> Tensor:
    """E sum_e load_e mean_e [fedus2022]: 1 where loads are even, E where one expert takes all.

    Of softmax weights [..., E] over a whole mixed batch; the loads have no gradient.
    """
    mean = probabilities.flatten(0, -2).mean(dim=0)  # [E]
    return probabilities.shape[-1] * (load(probabilities) * mean).sum()
