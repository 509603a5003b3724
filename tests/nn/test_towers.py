"""Towers: padding and order change nothing, summaries are their own, heads fit frozen features."""

import pytest
import torch
from torch import nn

from dubito.nn.towers import Tower, built


def reader(summaries: int = 2, seed: int = 0) -> Tower:
    return built(lambda: Tower(nn.Embedding(9, 8), 8, heads=2, summaries=summaries), seed).double()


TOKENS = torch.tensor([[1, 2, 3, 0], [4, 5, 6, 7]])
PRESENT = torch.tensor([[True, True, True, False], [True] * 4])


def test_padding_and_order_change_nothing() -> None:
    tower = reader()
    got = tower(TOKENS, PRESENT)
    assert got.shape == (2, 2, 8)
    alone = tower(TOKENS[:1, :3], PRESENT[:1, :3])
    torch.testing.assert_close(got[:1], alone)
    other = TOKENS.clone()
    other[0, 3] = 8
    torch.testing.assert_close(tower(other, PRESENT), got)
    torch.testing.assert_close(tower(TOKENS[:, [2, 0, 1, 3]], PRESENT[:, [2, 0, 1, 3]]), got)


def test_what_is_present_counts() -> None:
    tower = reader()
    got, less = tower(TOKENS, PRESENT), tower(TOKENS, PRESENT & (TOKENS != 2))
    assert not torch.allclose(got[0], less[0])
    torch.testing.assert_close(got[1], less[1])


def test_summaries_differ_and_nothing_present_is_allowed() -> None:
    tower = reader()
    got = tower(TOKENS, PRESENT)
    assert not torch.allclose(got[:, 0], got[:, 1], atol=1e-3)
    assert tower(TOKENS, torch.zeros_like(PRESENT)).isfinite().all()


def test_layers_start_apart() -> None:
    first, second = (layer.linear1.weight for layer in reader().layers)
    assert not torch.equal(first, second)


def test_a_head_on_frozen_states() -> None:
    """An `nn.Linear` instead of an embedding: [B, T, F] -> [B, 1, D], and the head alone learns."""
    tower = built(lambda: Tower(nn.Linear(12, 8), 8, layers=1, heads=2), 0)
    states = torch.randn(2, 4, 12, requires_grad=False)
    assert tower(states, PRESENT).shape == (2, 1, 8)
    assert states.grad is None


def test_the_seed_decides_and_nothing_global() -> None:
    before = torch.get_rng_state()
    a, b, c = (reader(seed=seed)(TOKENS, PRESENT) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


@pytest.mark.parametrize("options", [{"layers": 0}, {"summaries": 0}, {"heads": 3}])
def test_refusals(options: dict) -> None:
    with pytest.raises(ValueError, match="at least 1 layer"):
        Tower(nn.Embedding(9, 8), 8, **options)
