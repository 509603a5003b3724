"""Layers of a language model of transformers in copies."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from dubito.nn.expert_copies import one_route, routed, split
from dubito.nn.seeded import seeded

IDS = torch.tensor([[3, 1, 4, 1, 5], [2, 7, 1, 8, 2]])
NAMES = ("model.layers.0", "model.layers.1")


def model() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=11,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
    )
    with seeded(0):
        return LlamaForCausalLM(config).eval()


@torch.no_grad()
def test_alike_they_are_the_model() -> None:
    parted = model()
    split(parted, NAMES, copies=2, noise=0.0)
    with routed(parted, torch.full((2, 2, 2), 0.5)):
        got = parted(IDS, use_cache=False).logits
    torch.testing.assert_close(got, model()(IDS).logits)


@torch.no_grad()
def test_one_route_generates_with_a_cache() -> None:
    """As the ordinary model of that route does, which is not the one that was split."""
    parted = model()
    split(parted, NAMES, copies=2, noise=1.0)
    chosen = torch.tensor([[[0.0, 1.0], [1.0, 0.0]]]).expand(2, -1, -1)
    settings = {"max_new_tokens": 4, "do_sample": False, "pad_token_id": 0}
    with routed(parted, chosen):
        got = parted.generate(IDS, **settings)
    assert torch.equal(one_route(parted, [1, 0]).generate(IDS, **settings), got)
    assert not torch.equal(model().generate(IDS, **settings), got)


@torch.no_grad()
def test_two_copies_refuse_a_cache() -> None:
    parted = model()
    split(parted, NAMES, copies=2)
    with routed(parted, torch.full((2, 2, 2), 0.5)), pytest.raises(ValueError, match="one cache"):
        parted(IDS, use_cache=True)
