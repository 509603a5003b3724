"""Credal transformer [ji2025]: attention by evidence, which knows when no key fits."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dubito.nn.seeded import seeded
from dubito.nn.tiny_transformer import Block, TinyTransformer


class Attended(NamedTuple):
    """What the queries saw, where they looked, and how little spoke for it."""

    out: Tensor  # [B, H, T_q, d], or [B, T_q, D] behind the layer's projection
    weights: Tensor  # [B, H, T_q, T_k] of sum 1; 0 where a key is hidden
    vacuity: Tensor  # [B, H, T_q] doubt in (0, 1]: 1 without any evidence


def evidential_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    visible: Tensor,
    *,
    highest: float = 10.0,
    prior: float = 1.0,
) -> Attended:
    """Means of Dirichlet distributions over keys: [B, H, T_q, d], [B, H, T_k, d] twice.

    The evidence for a key is e = exp(q k / sqrt(d)), its concentration e + prior; weights are
    their mean, and vacuity is the prior's share of all of it. Every distribution that gives a key
    at least e / total is in the credal set, whose width is the vacuity. `visible`, bool, broadcasts
    to [B, H, T_q, T_k]; each query must see a key. Much evidence is softmax, none is uniform.

    Scores are held at `highest`, never shifted by their maximum: the amount is what counts. With
    many keys the prior flattens the weights: raise `highest`, or take a prior of 1 over their
    number. float32 at least throughout.
    Differs: clamp, prior and the reading as a set are our completion; no penalty on evidence.
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    scores = query.to(wide) @ key.to(wide).mT / query.shape[-1] ** 0.5  # [B, H, T_q, T_k]
    seen = visible.expand_as(scores).to(wide)
    evidence = scores.clamp(max=highest).exp() * seen
    total = (evidence + prior * seen).sum(dim=-1, keepdim=True)  # [B, H, T_q, 1]
    weights = (evidence + prior * seen) / total
    vacuity = prior * seen.sum(dim=-1) / total[..., 0]
    return Attended(weights.to(value.dtype) @ value, weights, vacuity)


class CredalAttention(nn.Module):
    """Causal self-attention of several heads by evidence; [B, T, D] -> `Attended`.

    It has to be trained: scores of a softmax layer carry no absolute amount, so one that is put in
    its place only starts from it. The first position sees one key, and its vacuity says nothing.
    """

    def __init__(
        self, width: int = 64, heads: int = 4, *, highest: float = 10.0, prior: float = 1.0
    ) -> None:
        """Refuse heads that do not fit, and a prior without which nothing is unknown."""
        super().__init__()
        if width % heads or not prior > 0:
            raise ValueError(
                "width must be a multiple of heads and prior above 0, "
                f"got {width}, {heads} and {prior}"
            )
        self.heads, self.highest, self.prior = heads, highest, prior
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Attended:
        """Each position attends to itself and what is before it."""
        qkv = self.query_key_value(x).unflatten(-1, (3, self.heads, -1))  # [B, T, 3, H, d]
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # [B, H, T, d]
        size = x.shape[1]
        visible = torch.ones(size, size, dtype=torch.bool, device=x.device).tril()
        seen = evidential_attention(
            query, key, value, visible, highest=self.highest, prior=self.prior
        )
        return seen._replace(out=self.mix(seen.out.transpose(1, 2).flatten(2)))


class CredalBlock(nn.Module):
    """A block of a tiny transformer with its attention replaced; it takes over its weights."""

    def __init__(self, block: Block, *, highest: float = 10.0, prior: float = 1.0) -> None:
        super().__init__()
        self.before_attention = block.before_attention
        width = block.mix.in_features
        with seeded(0):  # of layers that are thrown away
            self.attention = CredalAttention(width, block.heads, highest=highest, prior=prior)
        self.attention.query_key_value = block.query_key_value
        self.attention.mix = block.mix
        self.before_mlp = block.before_mlp
        self.mlp = block.mlp

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        x = x + self.attention(self.before_attention(x)).out
        return x + self.mlp(self.before_mlp(x))


def make_credal(model: TinyTransformer, *, highest: float = 10.0, prior: float = 1.0) -> int:
    """Replace the attention of every block in place, before training; how many there are."""
    blocks = [i for i, block in enumerate(model.blocks) if isinstance(block, Block)]
    for i in blocks:
        old = model.blocks[i]
        assert isinstance(old, Block)
        model.blocks[i] = CredalBlock(old, highest=highest, prior=prior).train(old.training)
    return len(blocks)


@torch.no_grad()
def vacuities(model: nn.Module, tokens: Tensor) -> Tensor:
    """Doubt of each position, layer and head in one pass: [B, T] -> [B, L, H, T], in (0, 1].

    A network's doubt is its mean over layers and heads, then its greatest over positions but the
    first: `vacuities(...)[..., 1:].mean(dim=(1, 2)).amax(dim=-1)`.

    Raises:
        ValueError: no credal attention in the model.
    """
    layers = [m for m in model.modules() if isinstance(m, CredalAttention)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no credal attention; see make_credal")
    found: list[Tensor] = []

    def keep(_: nn.Module, __: object, seen: Attended) -> None:
        found.append(seen.vacuity)

    handles = [layer.register_forward_hook(keep) for layer in layers]
    try:
        model(tokens)
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(found, dim=1)
