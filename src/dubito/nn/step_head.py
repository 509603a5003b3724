"""A small transformer that reads what a language model showed and doubts its steps [ni2025]."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from dubito.nn.seeded import seeded


class StepHead(nn.Module):
    """Logit that a step is wrong; [B, T, F], bool [B, S, T], bool [B, T] -> [B, S].

    Features of tokens, the tokens of each of S steps, and which tokens are there. Each step is a
    pass of its own over the same tokens, which know by an embedding whether they belong to it;
    the mean of its tokens is classified. There are no positions. Without `future` no token after
    the step is seen, so that a step can be judged as soon as it is written. An empty step has
    the logit of a vector of zeros.
    """

    def __init__(
        self,
        features: int,
        *,
        width: int = 256,
        layers: int = 2,
        heads: int = 8,
        dropout: float = 0.1,
        future: bool = False,
    ) -> None:
        super().__init__()
        self.future = future
        self.project = nn.Sequential(
            nn.Linear(features, 2 * width),
            nn.LayerNorm(2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
            nn.LayerNorm(width),
            nn.GELU(),
        )
        self.member = nn.Embedding(2, width)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.classify = nn.Sequential(
            nn.Linear(width, width),
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, 1),
        )

    def forward(self, features: Tensor, steps: Tensor, present: Tensor) -> Tensor:
        """The logits, [B, S]."""
        steps = steps & present[:, None]
        x = self.project(features)[:, None] + self.member(steps.long())  # [B, S, T, D]
        seen = present[:, None] & (self.up_to(steps) | self.future)  # [B, S, T]
        seen = seen | ~seen.any(dim=-1, keepdim=True)  # attention to nothing would be NaN
        flat = x.flatten(0, 1)  # [B * S, T, D]
        out = self.encoder(flat, src_key_padding_mask=~seen.flatten(0, 1))
        return self.classify(mean_of(out.unflatten(0, steps.shape[:2]), steps)).squeeze(-1)

    def up_to(self, steps: Tensor) -> Tensor:
        """Tokens that are not after the last one of each step, bool [B, S, T]."""
        left = steps.flip(-1).long().cumsum(dim=-1).flip(-1)  # of the step's, from here on
        return left > 0


def mean_of(rows: Tensor, chosen: Tensor) -> Tensor:
    """Mean of the chosen rows, 0 where there is none: [..., T, D], bool [..., T] -> [..., D]."""
    weight = chosen.to(rows.dtype)  # [..., T]
    total = (rows * weight[..., None]).sum(dim=-2)  # [..., D]
    return total / weight.sum(dim=-1, keepdim=True).clamp(min=1)


def step_loss(logits: Tensor, wrong: Tensor, *, weight: float = 3.0) -> Tensor:
    """Mean cross-entropy of the judged steps, nats; wrong ones count `weight` times.

    `wrong` is 1 wrong, 0 right, NaN not judged, of the logits' shape.
    """
    known = ~torch.isnan(wrong)
    return binary_cross_entropy_with_logits(
        logits[known], wrong[known], pos_weight=logits.new_tensor(weight)
    )


def seeded_head(features: int, *, width: int, future: bool, seed: int) -> StepHead:
    """A fresh head whose first weights depend on the seed alone."""
    with seeded(seed):
        return StepHead(features, width=width, future=future)
