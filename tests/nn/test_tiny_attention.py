"""Attention weights of the tiny transformer: they make the block's own output."""

import torch

from dubito.nn.tiny_attention import attention_weights
from dubito.nn.tiny_transformer import seeded_transformer


def tokens() -> torch.Tensor:
    return torch.randint(11, (3, 7), generator=torch.Generator().manual_seed(0))


def test_rows_are_causal_and_sum_to_one() -> None:
    found = attention_weights(seeded_transformer(11, context=8, seed=0), tokens())
    assert found.shape == (3, 2, 4, 7, 7)
    torch.testing.assert_close(found.sum(-1), torch.ones(3, 2, 4, 7))
    assert not found.triu(1).any()
    assert (found[..., 0, 0] == 1).all()


def test_weights_times_values_are_what_the_block_saw() -> None:
    """The first block's output, rebuilt from the weights."""
    model = seeded_transformer(11, context=8, seed=0)
    x = model.token(tokens()) + model.position.weight[:7]
    block = model.blocks[0]
    values = block.query_key_value(block.before_attention(x)).chunk(3, dim=-1)[2]
    values = values.unflatten(-1, (4, -1)).transpose(1, 2)  # [B, H, T, D/H]
    seen = attention_weights(model, tokens())[:, 0] @ values
    y = x + block.mix(seen.transpose(1, 2).flatten(2))
    torch.testing.assert_close(y + block.mlp(block.before_mlp(y)), block(x))


def test_nothing_is_left_behind() -> None:
    model = seeded_transformer(11, context=8, seed=0)
    first = attention_weights(model, tokens())
    assert torch.equal(attention_weights(model, tokens()), first)
    assert not any(b.query_key_value._forward_hooks for b in model.blocks)
