"""A bank of experts [jacobs1991]: E small networks side by side, computed as one.

Tensors carry an axis of experts before the last one. What all experts read has size 1 there,
`x[:, None]`; what each reads by itself has size E. Weights [..., T, E] from a gate of `nn.gates`
mix the outputs [..., E, d] by `weights @ outputs`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Mixture(NamedTuple):
    """What E experts say and how T tasks weigh it; `nn.expert_health` diagnoses it."""

    outputs: Tensor  # [B, E, d]
    weights: Tensor  # [B, T, E]

    @property
    def mixed(self) -> Tensor:
        """A vector for each task, [B, T, d]."""
        return self.weights @ self.outputs


class ExpertLinear(nn.Module):
    """E linear layers, [..., 1 or E, d_in] -> [..., E, d_out]; each drawn as `nn.Linear` draws."""

    def __init__(self, experts: int, d_in: int, d_out: int, *, bias: bool = True) -> None:
        """Refuse a bank of none."""
        super().__init__()
        if experts < 1 or d_in < 1 or d_out < 1:
            raise ValueError(
                f"experts and widths must be at least 1, got {experts}, {d_in} and {d_out}"
            )
        bound = d_in**-0.5
        self.weight = nn.Parameter(torch.empty(experts, d_in, d_out).uniform_(-bound, bound))
        drawn = torch.empty(experts, d_out).uniform_(-bound, bound) if bias else None
        self.bias = None if drawn is None else nn.Parameter(drawn)

    def forward(self, x: Tensor) -> Tensor:
        """Each expert's rows by its own weights."""
        experts = len(self.weight)
        if x.ndim < 2 or x.shape[-2] not in (1, experts):
            raise ValueError(
                f"[..., 1 or {experts}, d_in] needed, got {[*x.shape]}; x[:, None] for all experts"
            )
        if x.shape[-2] == 1:
            # One product instead of E: what all read is read once.
            flat = self.weight.permute(1, 0, 2).flatten(1)  # [d_in, E d_out]
            out = (x[..., 0, :] @ flat).unflatten(-1, (experts, -1))  # [..., E, d_out]
        else:
            out = torch.einsum("...ei,eio->...eo", x, self.weight)  # [..., E, d_out]
        return out if self.bias is None else out + self.bias


class ExpertNorm(nn.Module):
    """Batch norm of each expert by itself, [B, E, d] -> [B, E, d]: all on one scale.

    In training each of the E d numbers has mean 0 and variance 1 over the batch, before a scale
    and a shift that are learnt; a batch of one row is an error there.
    """

    def __init__(self, experts: int, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(experts * width)

    def forward(self, x: Tensor) -> Tensor:
        """Over the rows."""
        return self.norm(x.flatten(1)).view_as(x)


def expert_bank(
    sizes: Sequence[int], *, experts: int, between: type[nn.Module] = nn.ReLU
) -> nn.Sequential:
    """E perceptrons, [..., 1 or E, sizes[0]] -> [..., E, sizes[-1]]; the last layer is linear.

    What follows it is the caller's: a rectifier, an `ExpertNorm`, nothing.

    Raises:
        ValueError: fewer than two sizes.
    """
    if len(sizes) < 2:
        raise ValueError(f"a bank needs the size that it reads and that it gives, got {[*sizes]}")
    layers: list[nn.Module] = []
    for d_in, d_out in pairwise(sizes):
        layers += [ExpertLinear(experts, d_in, d_out), between()]
    return nn.Sequential(*layers[:-1])
