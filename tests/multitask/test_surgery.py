"""Gradients put together by torchjd, and those of the heads as they are."""

import pytest
import torch
from torch import nn
from torchjd.aggregation import MGDA, ConFIG, Constant, Mean, PCGrad, Sum

from dubito.extras import MissingExtra
from dubito.multitask.surgery import surgery


def vector(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_conflicting_gradients_are_projected() -> None:
    """g1 = (1, 0), g2 = (-1, 1): g1 . g2 = -1, so g1 + g2 / 2 and g2 + g1, in sum (1/2, 3/2).

    PCGrad: g1 - (g1 . g2 / g2 . g2) g2 = (1/2, 1/2); g2 - (g2 . g1 / g1 . g1) g1 = (0, 1).
    In weights of g1 and g2: (1 + 1, 1/2 + 1).
    """
    shared = vector(0.0, 0.0).requires_grad_()
    losses = torch.stack([shared[0], shared[1] - shared[0]])
    weights = surgery(losses, [shared], PCGrad())
    assert shared.grad.tolist() == pytest.approx([0.5, 1.5])
    assert weights.tolist() == pytest.approx([2.0, 1.5])


def net() -> tuple[nn.Linear, nn.ModuleList, torch.Tensor]:
    trunk, heads = nn.Linear(3, 4), nn.ModuleList(nn.Linear(4, 1) for _ in range(3))
    return trunk, heads, torch.randn(5, 3)


def losses_of(trunk: nn.Linear, heads: nn.ModuleList, x: torch.Tensor) -> torch.Tensor:
    h = trunk(x).tanh()
    return torch.stack([(head(h) - i).square().mean() for i, head in enumerate(heads)])


@pytest.mark.parametrize("at_once", [None, 1])
@pytest.mark.parametrize("aggregator", [Sum(), Constant(torch.tensor([1.0, 1.0, 1.0]))])
def test_a_sum_is_plain_backward(aggregator, at_once) -> None:
    """And a second call adds, as backward does."""
    trunk, heads, x = net()
    everything = [*trunk.parameters(), *heads.parameters()]
    losses_of(trunk, heads, x).sum().backward()
    plain = [2 * p.grad for p in everything]
    for p in everything:
        p.grad = None
    for _ in range(2):
        losses = losses_of(trunk, heads, x)
        surgery(losses, trunk.parameters(), aggregator, own=heads.parameters(), at_once=at_once)
    for p, q in zip(everything, plain, strict=True):
        assert torch.allclose(p.grad, q, atol=1e-6)
        assert not hasattr(p, "jac")


def test_heads_get_the_sum_whatever_the_trunk_gets() -> None:
    trunk, heads, x = net()
    losses_of(trunk, heads, x).sum().backward()
    plain = [p.grad for p in heads.parameters()]
    trunk.zero_grad()
    heads.zero_grad()
    losses = losses_of(trunk, heads, x)
    weights = surgery(losses, trunk.parameters(), MGDA(), own=heads.parameters())
    assert weights.shape == (3,)
    for p, q in zip(heads.parameters(), plain, strict=True):
        assert torch.allclose(p.grad, q, atol=1e-6)


def test_absent_tasks_take_no_part() -> None:
    """The mean over two of three, and a weight of 0 for the one that is NaN."""
    shared = vector(2.0).requires_grad_()
    losses = torch.stack([3 * shared[0], shared[:0].mean(), 5 * shared[0]])
    weights = surgery(losses, [shared], Mean(), present=torch.tensor([True, False, True]))
    assert shared.grad.tolist() == [4.0]
    assert weights.tolist() == [0.5, 0.0, 0.5]


def test_where_no_task_is_present_all_stays() -> None:
    shared = vector(2.0).requires_grad_()
    losses = torch.cat([shared, shared])
    assert surgery(losses, [shared], Mean(), present=torch.tensor([False, False])) is None
    assert shared.grad is None


def test_an_aggregator_without_weights() -> None:
    shared = vector(1.0, 1.0).requires_grad_()
    losses = shared * vector(1.0, 2.0)
    assert surgery(losses, [shared], ConFIG(), present=torch.tensor([True, True])) is None
    assert shared.grad is not None


def test_without_torchjd_it_says_which_extra(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchjd.autojac", None)
    with pytest.raises(MissingExtra, match=r"dubito\[train\]"):
        surgery(vector(1.0), [], Mean())


class Squared(torch.autograd.Function):
    """A step that knows nothing of vmap."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.square()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.from_numpy(2 * x.detach().numpy() * grad.numpy())


def test_one_at_a_time_where_vmap_cannot() -> None:
    """Losses x^2 and 3 x^2 at x = 2: 4 + 12."""
    shared = vector(2.0).requires_grad_()
    losses = Squared.apply(shared) * vector(1.0, 3.0)
    with pytest.raises(RuntimeError):
        surgery(losses, [shared], Sum())
    surgery(Squared.apply(shared) * vector(1.0, 3.0), [shared], Sum(), at_once=1)
    assert shared.grad.tolist() == [16.0]
