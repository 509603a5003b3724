"""Features scaled by a condition, and by themselves."""

import math

import pytest
import torch
from torch import nn

from dubito.nn.modulation import FeatureGate, FiLM


def rows(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_both_begin_as_the_identity() -> None:
    x = rows(4, 3)
    assert torch.equal(FiLM(2, 3).double()(x, rows(4, 2)), x)
    factors = FeatureGate(3, groups=2).double()(x[:, None])
    torch.testing.assert_close(factors, torch.ones(4, 2, 3).double(), rtol=1e-12, atol=0)


def test_film_by_hand() -> None:
    """Condition 2, scale 0.5 * 2 = 1 and shift 3 * 2 = 6: 2 * 5 + 6 = 16; tokens share it."""
    film = FiLM(1, 1).double()
    film.linear.weight.data = torch.tensor([[0.5], [3.0]], dtype=torch.float64)
    condition = torch.tensor([[2.0], [0.0]], dtype=torch.float64)
    x = torch.full((2, 3, 1), 5.0, dtype=torch.float64)
    assert film(x, condition)[..., 0].tolist() == [[16.0] * 3, [5.0] * 3]


def test_feature_gate_by_hand() -> None:
    """x = [1, 0], rank 1: u B = ln 3, times A = [1, -1]: 2 sigmoid(+-ln 3) = 1.5 and 0.5.

    A second pair of A = 0 gives 1; shares of P = [ln 3, 0]: 3/4 and 1/4, so 1.375 and 0.625.
    """
    gate = FeatureGate(2, rank=1, pairs=2).double()
    gate.down.data = torch.tensor([[[[math.log(3)], [9.0]], [[1.0], [1.0]]]], dtype=torch.float64)
    gate.up.data = torch.tensor([[[[1.0, -1.0]], [[0.0, 0.0]]]], dtype=torch.float64)
    gate.choose.data = torch.tensor([[[math.log(3), 0.0], [9.0, 9.0]]], dtype=torch.float64)
    got = gate(torch.tensor([[[1.0, 0.0]]], dtype=torch.float64))
    assert got.flatten().tolist() == pytest.approx([1.375, 0.625])


def test_factors_lie_between_0_and_2_and_groups_differ() -> None:
    gate = FeatureGate(3, groups=2, rank=2).double()
    nn.init.normal_(gate.up)
    got = gate(rows(200, 1, 3))
    assert 0 < got.min() < 0.7
    assert 1.3 < got.max() < 2
    assert not torch.allclose(got[:, 0], got[:, 1])
    each = torch.stack([rows(200, 3), torch.zeros(200, 3).double()], dim=1)
    torch.testing.assert_close(gate(each)[:, 0], got[:, 0])
    torch.testing.assert_close(gate(each)[:, 1], torch.ones(200, 3).double())


def test_a_gate_of_ones_still_learns() -> None:
    gate = FeatureGate(3).double()
    x = rows(4, 1, 3)
    (x * gate(x)).square().sum().backward()
    assert gate.up.grad.abs().max() > 0


def test_gradients() -> None:
    gate = FeatureGate(3, groups=2, rank=1).double()
    nn.init.normal_(gate.up)
    film = FiLM(2, 3).double()
    nn.init.normal_(film.linear.weight)
    assert torch.autograd.gradcheck(gate, (rows(2, 1, 3).requires_grad_(),))
    both = rows(2, 3).requires_grad_(), rows(2, 2).requires_grad_()
    assert torch.autograd.gradcheck(film, both)


def test_options() -> None:
    with pytest.raises(ValueError, match="rank and pairs"):
        FeatureGate(3, rank=0)
