"""Embeddings that are Gaussians with independent dimensions, and a tower that gives them."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from dubito.nn.towers import Tower


class Gaussians(NamedTuple):
    """B embeddings of D dimensions."""

    mean: Tensor  # [B, D] of unit length
    log_variance: Tensor  # [B, D]

    def rows(self, chosen: Tensor | slice) -> "Gaussians":
        """Some of them."""
        return Gaussians(self.mean[chosen], self.log_variance[chosen])


def vagueness(embedded: Gaussians) -> Tensor:
    """Total variance, > 0, higher = vaguer: [B, D] -> [B]."""
    return embedded.log_variance.exp().sum(dim=-1)


class GaussianTower(nn.Module):
    """A Gaussian for each row of tokens [chun2024]: [B, T, ...], bool [B, T] -> [B, D] twice.

    `tower` gives two summaries: the first is projected to the mean, the second to the
    log-variances, which begin near `start`, so that at first the embedding is almost a point.
    """

    def __init__(self, tower: Tower, width: int, dimensions: int, *, start: float = -10.0) -> None:
        super().__init__()
        if len(tower.summary) != 2:
            raise ValueError(f"a tower with 2 summaries needed, got {len(tower.summary)}")
        self.tower = tower
        self.to_mean = nn.Linear(width, dimensions, bias=False)
        self.to_log_variance = nn.Linear(width, dimensions)
        nn.init.constant_(self.to_log_variance.bias, start)

    def forward(self, tokens: Tensor, present: Tensor) -> Gaussians:
        """The embeddings."""
        summaries = self.tower(tokens, present)  # [B, 2, width]
        mean = normalize(self.to_mean(summaries[:, 0]), dim=-1)
        return Gaussians(mean, self.to_log_variance(summaries[:, 1]))


def without_tokens(present: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """What is left when each token goes with chance `rate`; one of each row stays: bool [B, T].

    For patches of a picture, which may be left out; words are rather covered, see `covered`.
    """
    order = torch.rand(present.shape, generator=generator).to(present.device)  # [B, T]
    last = order.masked_fill(~present, -1.0).argmax(dim=-1, keepdim=True)
    return present & (order >= rate).scatter(-1, last, True)


def covered(tokens: Tensor, mask: int, rate: float, generator: torch.Generator) -> Tensor:
    """The same int64 [B, T], each token replaced by the id `mask` with chance `rate`."""
    hidden = torch.rand(tokens.shape, generator=generator).to(tokens.device) < rate
    return tokens.masked_fill(hidden, mask)
