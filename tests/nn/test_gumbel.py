"""Drawn choices: their law is counted, their gradient is that of the soft weights."""

import math

import pytest
import torch

from dubito.nn.gumbel import Cooling, gumbel_softmax, straight_through
from laws import assert_frozen


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("tau", [0.1, 1.0, 5.0])
def test_choices_fall_as_the_softmax_says(tau: float) -> None:
    """Three logits ln(1, 2, 5): shares 1/8, 2/8, 5/8 within 5 standard errors of 20,000 draws."""
    p = torch.tensor([1.0, 2.0, 5.0]) / 8
    drawn = gumbel_softmax(p.log().expand(20_000, 3), tau=tau, generator=generator())
    share = torch.bincount(drawn.argmax(dim=-1), minlength=3) / 20_000
    assert ((share - p).abs() < 5 * (p * (1 - p) / 20_000).sqrt()).all()
    torch.testing.assert_close(drawn.sum(dim=-1), torch.ones(20_000))


def test_small_tau_is_near_a_choice_and_great_tau_near_even() -> None:
    logits = torch.zeros(200, 4, dtype=torch.float64)
    cold = gumbel_softmax(logits, tau=1e-3, generator=generator())
    assert float(cold.max(dim=-1).values.mean()) > 0.99
    hot = gumbel_softmax(logits, tau=1e6, generator=generator())
    torch.testing.assert_close(hot, torch.full_like(hot, 0.25), atol=1e-4, rtol=0)


def test_every_row_and_layer_draws_by_itself_and_a_seed_repeats() -> None:
    logits = torch.zeros(50, 2, 3)
    drawn = gumbel_softmax(logits, tau=1.0, generator=generator())
    assert len(drawn.flatten(0, 1).unique(dim=0)) == 100
    assert torch.equal(drawn, gumbel_softmax(logits, tau=1.0, generator=generator()))
    state = torch.get_rng_state()
    gumbel_softmax(logits, tau=1.0, generator=generator())
    assert torch.equal(torch.get_rng_state(), state)


def test_hard_ahead_and_soft_back() -> None:
    """Weights [.2, .5, .3]: forward [0, 1, 0] to the bit; backward what comes, unchanged."""
    weights = torch.tensor([[0.2, 0.5, 0.3]], requires_grad=True)
    hard = straight_through(weights)
    assert hard.tolist() == [[0.0, 1.0, 0.0]]
    (hard * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert weights.grad.tolist() == [[1.0, 10.0, 100.0]]


def test_gradient_into_the_logits() -> None:
    """Of w = softmax: the choice pays 1, 10, 100, so that w_i (c_i - sum w c) flows, over tau."""
    logits = torch.tensor([[0.3, 0.1, -0.2]], dtype=torch.float64, requires_grad=True)
    cost = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    soft = gumbel_softmax(logits, tau=2.0, generator=generator())
    (straight_through(soft) * cost).sum().backward()
    w = soft.detach()[0]
    torch.testing.assert_close(logits.grad[0], w * (cost - (w * cost).sum()) / 2.0)


def test_cooling() -> None:
    """2 exp(-3e-4 * 5000) = 2 exp(-1.5) = 0.446; at 20,000 exp(-6) * 2 = 0.005, so the floor."""
    tau = Cooling()
    assert tau(0) == 2.0
    assert tau(5000) == pytest.approx(0.446, abs=5e-4)
    assert tau(20_000) == 0.1
    assert Cooling(300, 1e-4, 1)(10_000) == pytest.approx(300 / math.e)
    assert_frozen(tau)


def test_options() -> None:
    with pytest.raises(ValueError, match="tau"):
        gumbel_softmax(torch.zeros(1, 2), tau=0.0, generator=generator())
