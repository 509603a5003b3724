"""Features scaled by what is known beside them: FiLM [perez2018] and low-rank gates [wang2024home].

Both leave the features as they are when they are made.
"""

import torch
from torch import Tensor, nn


class FiLM(nn.Module):
    """(1 + scale) * x + shift, both linear in a condition; [B, ..., d], [B, c] -> [B, ..., d].

    The condition may be a vector of a task, or a one-hot task: then each task has a free scale
    and shift.
    """

    def __init__(self, condition: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(condition, 2 * width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Scale and shift what comes."""
        both = self.linear(condition)  # [B, 2d]
        both = both.reshape(len(x), *(1,) * (x.ndim - 2), -1)  # [B, 1, ..., 2d]
        scale, shift = both.chunk(2, dim=-1)
        return (1 + scale) * x + shift


class FeatureGate(nn.Module):
    """Factors in (0, 2) for each feature of G groups, [..., 1 or G, d] -> [..., G, d].

    Of each group: sum over l of softmax(x P)_l * 2 sigmoid(x B_l A_l), with B_l [d, r] and
    A_l [r, d]. A starts at 0, so all factors start at 1. Multiply: `x * gate(x)`.
    """

    def __init__(self, width: int, *, groups: int = 1, rank: int = 2, pairs: int = 2) -> None:
        """Refuse a gate of nothing."""
        super().__init__()
        if rank < 1 or pairs < 1:
            raise ValueError(f"rank and pairs must be at least 1, got {rank} and {pairs}")
        bound = width**-0.5
        down = torch.empty(groups, pairs, width, rank).uniform_(-bound, bound)
        choose = torch.empty(groups, width, pairs).uniform_(-bound, bound)
        self.down = nn.Parameter(down)  # B
        self.up = nn.Parameter(torch.zeros(groups, pairs, rank, width))  # A
        self.choose = nn.Parameter(choose)  # P

    def forward(self, x: Tensor) -> Tensor:
        """The factors."""
        each = x.expand(*x.shape[:-2], len(self.up), -1)  # [..., G, d]
        low = torch.einsum("...gd,gldr->...glr", each, self.down)
        factor = 2 * torch.einsum("...glr,glrd->...gld", low, self.up).sigmoid()
        share = torch.einsum("...gd,gdl->...gl", each, self.choose).softmax(dim=-1)
        return torch.einsum("...gl,...gld->...gd", share, factor)
