"""The law of preferences: numbers, far rewards, and what it does not know."""

import math

import pytest
import torch

from dubito.nn.bradley_terry import bradley_terry


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_by_hand() -> None:
    """Equal: log 2. A lead of log 3: the better one wins 3 of 4, -log(3/4); behind: -log(1/4)."""
    lead = math.log(3)
    got = bradley_terry(t(5, 5 + lead, 5), t(5, 5, 5 + lead))
    assert got.tolist() == pytest.approx([math.log(2), math.log(4 / 3), math.log(4)])


def test_far_rewards_stay_finite() -> None:
    """1,000 behind costs 1,000; 1,000 ahead nothing; the slopes are -1 and 0."""
    chosen = t(-1000, 1000).requires_grad_()
    loss = bradley_terry(chosen, t(0, 0))
    assert loss.tolist() == [1000, 0]
    loss.sum().backward()
    assert chosen.grad is not None
    assert chosen.grad.tolist() == [-1, 0]


def test_offsets_are_free_and_members_apart() -> None:
    chosen, rejected = t(1, 2, 3, 4).view(2, 2), t(2, 0, 1, 1).view(2, 2)
    offset = t(10, -7)[:, None]
    moved = bradley_terry(chosen + offset, rejected + offset)
    assert torch.allclose(moved, bradley_terry(chosen, rejected))
    assert torch.equal(bradley_terry(chosen[1], rejected[1]), bradley_terry(chosen, rejected)[1])


def test_gradients() -> None:
    inputs = t(0.3, -2, 1), t(1, 0.5, 1)
    assert torch.autograd.gradcheck(bradley_terry, [x.requires_grad_() for x in inputs])


def test_shapes_are_not_broadcast() -> None:
    with pytest.raises(ValueError, match=r"got \[2, 3\] and \[3\]"):
        bradley_terry(torch.zeros(2, 3), torch.zeros(3))
