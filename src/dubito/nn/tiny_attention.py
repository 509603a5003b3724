"""Where a tiny transformer looks: the weights that its fused attention does not hand out."""

import math

import torch
from torch import Tensor, nn

from dubito.nn.tiny_transformer import Block, TinyTransformer


@torch.no_grad()
def attention_weights(model: TinyTransformer, tokens: Tensor) -> Tensor:
    """Weights of each layer and head, [B, T] -> [B, L, H, T, T]; rows of sum 1, 0 beyond the token.

    Taken from the queries and keys of one pass, by softmax(q k / sqrt(d)).
    """
    seen: list[Tensor] = []
    blocks = [b for b in model.blocks if isinstance(b, Block)]

    def keep(_: nn.Module, __: object, out: Tensor) -> None:
        seen.append(out)

    handles = [b.query_key_value.register_forward_hook(keep) for b in blocks]
    try:
        model.hidden(tokens)
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack([weights(q, b.heads) for q, b in zip(seen, blocks, strict=True)], dim=1)


def weights(query_key_value: Tensor, heads: int) -> Tensor:
    """Causal attention weights of one block, [B, T, 3D] -> [B, H, T, T]."""
    qkv = query_key_value.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)  # [3, B, H, T, D/H]
    logits = qkv[0] @ qkv[1].transpose(-1, -2) / math.sqrt(qkv.shape[-1])  # [B, H, T, T]
    size = logits.shape[-1]
    later = torch.ones(size, size, dtype=torch.bool, device=logits.device).triu(1)
    return logits.masked_fill(later, -math.inf).softmax(dim=-1)
