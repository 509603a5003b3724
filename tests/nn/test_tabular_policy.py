"""Tables of logits as policies: draws, advantages and slopes by hand."""

from functools import partial

import pytest
import torch

from dubito.nn.tabular_policy import (
    Training,
    above_group,
    draw,
    learnt,
    policy_loss,
    scaled_above_group,
)


def table(n: int = 2, t: int = 3, a: int = 4) -> torch.Tensor:
    return torch.randn(n, t, a, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_draws_follow_the_table() -> None:
    """Each place by itself: counts of 4,000 within five standard errors."""
    logits = table()
    actions = draw(logits, 4000, torch.Generator().manual_seed(1))
    assert actions.shape == (2, 4000, 3)
    share = torch.nn.functional.one_hot(actions, 4).double().mean(dim=1)  # [N, T, A]
    p = logits.softmax(dim=-1)
    assert ((share - p).abs() < 5 * (p * (1 - p) / 4000).sqrt()).all()
    # Places are drawn apart: the first two agree as often as chance has it.
    agree = (actions[..., 0] == actions[..., 1]).double().mean(dim=1)
    assert (agree - (p[:, 0] * p[:, 1]).sum(dim=-1)).abs().max() < 5 * 0.5 / 4000**0.5


def test_advantages_by_hand() -> None:
    """(1, 0, 0, 1) less .5; the deviation of four is sqrt(1/3)."""
    rewards = torch.tensor([[1.0, 0, 0, 1], [1, 1, 1, 1]], dtype=torch.float64)
    assert above_group(rewards).tolist() == [[0.5, -0.5, -0.5, 0.5], [0] * 4]
    scaled = 0.5 / ((1 / 3) ** 0.5 + 1e-4)
    got = scaled_above_group(rewards)
    assert got[0].tolist() == pytest.approx([scaled, -scaled, -scaled, scaled])
    assert got[1].tolist() == [0] * 4


def test_the_slope_of_one_token() -> None:
    """-A (1[action] - p) / (number of tokens)."""
    logits = table(1, 2, 3).requires_grad_()
    actions, advantages = torch.tensor([[[2, 0]]]), torch.tensor([[[3.0, 0.0]]]).double()
    policy_loss(logits, actions, advantages).backward()
    p = logits.detach().softmax(dim=-1)
    wanted = torch.zeros(1, 2, 3, dtype=torch.float64)
    wanted[0, 0] = -3 * (torch.tensor([0.0, 0, 1]) - p[0, 0]) / 2
    torch.testing.assert_close(logits.grad, wanted)


def test_one_advantage_for_all_places_or_one_for_each() -> None:
    logits, actions = table(), draw(table(), 5, torch.Generator().manual_seed(2))
    advantages = torch.randn(2, 5, generator=torch.Generator().manual_seed(3)).double()
    each = advantages[..., None].expand(2, 5, 3)
    torch.testing.assert_close(
        policy_loss(logits, actions, advantages), policy_loss(logits, actions, each)
    )


def test_training_learns_what_is_rewarded() -> None:
    start = torch.zeros(2, 3, 4, dtype=torch.float64)
    right = torch.tensor([[0, 1, 2], [3, 3, 0]])

    def reward(actions: torch.Tensor) -> torch.Tensor:
        return (actions == right[:, None]).double().mean(dim=-1)

    training = Training(steps=200, optimiser=partial(torch.optim.Adam, lr=0.1))
    got = training.run(start, reward, lambda r, _: above_group(r), 0, term=None)
    assert (got.argmax(dim=-1) == right).all()
    assert (start == 0).all()
    again = training.run(start, reward, lambda r, _: above_group(r), 0, term=None)
    assert torch.equal(got, again)


def test_a_term_is_added_and_long_gradients_are_cut() -> None:
    """No reward, a term of slope 5 on one logit: cut to 0.5 at rate 2 it moves by 1 a step."""
    start = torch.zeros(1, 1, 2, dtype=torch.float64)
    training = Training(steps=3, optimiser=partial(torch.optim.SGD, lr=2.0), longest=0.5)
    got = training.run(
        start,
        lambda a: torch.zeros(a.shape[:2]).double(),
        lambda r, _: above_group(r),
        0,
        term=lambda x: 5 * x[0, 0, 0],
    )
    assert got.flatten().tolist() == pytest.approx([-3.0, 0.0], abs=1e-5)


def test_learnt_reaches_what_is_least() -> None:
    """Cross-entropy against (.2, .3, .5) is least there; the table it began with stays."""
    start, target = torch.zeros(1, 3).double(), torch.tensor([0.2, 0.3, 0.5]).double()
    got = learnt(start, lambda logp: -(target * logp).sum(), steps=400, rate=0.05)
    torch.testing.assert_close(got.exp()[0], target, rtol=0, atol=1e-6)
    assert not start.any()
    torch.testing.assert_close(
        learnt(start, lambda logp: logp.sum(), steps=0, rate=1.0).exp(),
        torch.full((1, 3), 1 / 3).double(),
    )
