"""Logits on features that vanish far from all that was seen [broomhead1988]."""

import torch
from torch import Tensor, nn


class RadialHead(nn.Module):
    """Logits linear in M features exp(-|x - c|^2 / (2 w^2)); [..., d] -> [..., K].

    Centres [M, d] as given; the widths w, one for each and 1 at first, are learnt as logarithms.
    The logits are 0 at first; far from all centres they are the biases.
    """

    def __init__(self, centres: Tensor, classes: int) -> None:
        super().__init__()
        self.centres = nn.Parameter(centres.clone())  # [M, d]
        self.log_width = nn.Parameter(torch.zeros_like(centres[:, 0]))  # [M]
        self.weight = nn.Parameter(centres.new_zeros(classes, len(centres)))  # [K, M]
        self.bias = nn.Parameter(centres.new_zeros(classes))  # [K]

    def features(self, x: Tensor) -> Tensor:
        """In [0, 1], [..., d] -> [..., M]."""
        lengths = x.square().sum(dim=-1, keepdim=True) + self.centres.square().sum(dim=-1)
        squared = (lengths - 2 * x @ self.centres.T).clamp(min=0)  # [..., M]
        return (-0.5 * squared * (-2 * self.log_width).exp()).exp()

    def forward(self, x: Tensor) -> Tensor:
        """[..., d] -> [..., K]."""
        return self.features(x) @ self.weight.T + self.bias
