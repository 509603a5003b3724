"""Towers of bi-encoders: a set of tokens becomes a few summaries."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from dubito.nn.seeded import seeded

Built = TypeVar("Built", bound=nn.Module)


class Tower(nn.Module):
    """S summaries of each row's tokens; [B, T, ...], bool [B, T] -> [B, S, D].

    `embed` makes tokens of width D: an `nn.Embedding` reads ids; an `nn.Linear` the frozen states
    of a large encoder. S learnt tokens stand beside them, see all that is present and are what
    is handed out. All tokens see each other. There are no positions: where order counts, it has
    to be in what `embed` gives.
    """

    def __init__(
        self, embed: nn.Module, width: int, *, layers: int = 2, heads: int = 4, summaries: int = 1
    ) -> None:
        super().__init__()
        if layers < 1 or summaries < 1 or width % heads:
            raise ValueError(
                "at least 1 layer and 1 summary, and a width that heads divide, needed, "
                f"got {layers}, {summaries}, {width} and {heads}"
            )
        self.embed = embed
        self.summary = nn.Parameter(0.02 * torch.randn(summaries, width))  # [S, D]
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """The summaries, [B, S, D]."""
        own = self.summary.expand(len(present), -1, -1)  # [B, S, D]
        x = torch.cat([own, self.embed(tokens)], dim=1)  # [B, S + T, D]
        seen = torch.cat([present.new_ones(own.shape[:2]), present], dim=1)  # [B, S + T]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~seen)
        return self.norm(x[:, : own.shape[1]])


def built(build: Callable[[], Built], seed: int) -> Built:
    """What `build` makes, whose first weights depend on the seed alone."""
    with seeded(seed):
        return build()
