"""Perceptrons side by side against one another alone."""

import pytest
import torch
from torch import nn

from dubito.nn.member_mlp import MemberMLP, descend_members
from dubito.nn.tiny_training import Schedule


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def three(**options) -> MemberMLP:
    return MemberMLP(3, 4, (5, 6), 2, **options).double()


def alone(net: MemberMLP, member: int) -> nn.Sequential:
    """The same member as plain layers."""
    layers: list[nn.Module] = []
    for layer in net.layers:
        weight, bias = layer.weight[member].detach(), layer.bias[member, 0].detach()
        plain = nn.Linear(*weight.shape, dtype=torch.float64)
        plain.weight.data, plain.bias.data = weight.T.clone(), bias.clone()
        layers += [plain, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def biased(net: MemberMLP) -> MemberMLP:
    for i, layer in enumerate(net.layers):
        layer.bias.data.copy_(normal(*layer.bias.shape, seed=i))
    return net


def test_members_are_plain_networks() -> None:
    """Rows shared, and rows of their own; biases that are not 0."""
    net, x, own = biased(three()), normal(7, 4), normal(3, 7, 4, seed=1)
    assert net(x).shape == (3, 7, 2)
    for m in range(3):
        assert torch.allclose(net(x)[m], alone(net, m)(x))
        assert torch.allclose(net(own)[m], alone(net, m)(own[m]))


def test_no_layer_between_is_a_line() -> None:
    net = MemberMLP(2, 3, ()).double()
    x = normal(5, 3)
    assert torch.allclose(net(2 * x), 2 * net(x))
    assert net(x).shape == (2, 5, 1)


def test_activation_is_between_layers_alone() -> None:
    net = three(activation=torch.zeros_like)
    net.layers[-1].bias.data[:] = torch.tensor([-1.0, 2.0])
    assert net(normal(7, 4)).unique(dim=1).flatten(0, 1).tolist() == [[-1, 2]] * 3


def test_members_seeds_and_layers_differ() -> None:
    """No two of them share weights: not with the next seed, not with the next layer."""
    square = [MemberMLP(3, 4, (4, 4), 4, seed=s) for s in (0, 1)]
    drawn = [w for net in square for layer in net.layers for w in layer.weight]
    assert len(drawn) == 18
    assert all(not torch.equal(a, b) for i, a in enumerate(drawn) for b in drawn[:i])
    assert torch.equal(square[0](torch.ones(1, 4)), MemberMLP(3, 4, (4, 4), 4)(torch.ones(1, 4)))


def test_a_member_does_not_know_how_many_there_are() -> None:
    few, many = three(seed=7), MemberMLP(9, 4, (5, 6), 2, seed=7).double()
    x = normal(7, 4)
    assert torch.equal(few(x), many(x)[:3])


def test_trained_together_is_trained_alone() -> None:
    """Adam on the summed losses, each member on rows of its own."""
    net, x, y = biased(three()), normal(3, 7, 4), normal(3, 7, 2, seed=2)
    single = alone(net, 1)

    def step(model: nn.Module, rows: torch.Tensor, truth: torch.Tensor) -> None:
        optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(20):
            optimiser.zero_grad()
            (model(rows) - truth).square().mean(dim=(-1, -2)).sum().backward()
            optimiser.step()

    step(net, x, y)
    step(single, x[1], y[1])
    assert torch.allclose(net(x)[1], single(x[1]), atol=1e-9)


def test_outputs_that_begin_at_zero() -> None:
    net = three()
    net.start_at_zero()
    assert not net(normal(7, 4)).any()
    assert net.layers[0].weight.all()


def test_refusals() -> None:
    with pytest.raises(ValueError, match="members"):
        MemberMLP(0, 4, ())
    with pytest.raises(ValueError, match=r"\[3, B, d\] needed, got \[2, 7, 4\]"):
        three()(normal(2, 7, 4))


def test_each_member_sees_every_row_once_an_epoch_in_its_own_order() -> None:
    net, seen = MemberMLP(3, 1, ()), []

    def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        assert torch.equal(x[..., 0], y)
        seen.append(y)
        return net(x).square().mean(dim=(1, 2))

    y = torch.arange(8.0)
    descend_members(net, loss, (y[:, None], y), Schedule(steps=2), batch=4, seed=0)
    epoch = torch.cat(seen, dim=1)
    assert torch.equal(epoch.sort(dim=1).values, y.expand(3, -1))
    assert not torch.equal(seen[0][0].sort().values, seen[0][1].sort().values)
    seen.clear()
    descend_members(net, loss, (y[:, None], y), Schedule(steps=2), batch=4, seed=1, resampled=True)
    drawn = torch.cat(seen, dim=1)
    assert all(len(rows.unique()) < 8 for rows in drawn)


def test_summed_losses_come_back_and_fall() -> None:
    x = normal(32, 4)
    net = three(seed=1)
    losses = descend_members(
        net,
        lambda x: (net(x)[..., 0] - x[..., 0]).square().mean(dim=1),
        (x,),
        Schedule(steps=150, rate=0.02),
        batch=32,
        seed=0,
    )
    first = three(seed=1)(x)[..., 0] - x[:, 0]
    assert losses[0] == pytest.approx(first.square().mean(dim=1).sum().item())
    assert losses[-1] < 0.1 * losses[0]
