"""The row task-level-moe: TaskRouter and its ways to choose a copy."""

import pytest
import torch
from torch import nn

from dubito.multitask.task_level_moe import (
    Explored,
    TaskRouter,
    average_routes,
    drawn_routes,
    hard_routes,
    soft_routes,
)
from dubito.nn.expert_copies import routed, split
from dubito.nn.seeded import seeded
from laws import assert_frozen


def router(*, layers: int = 2, copies: int = 3) -> TaskRouter:
    return TaskRouter(4, layers=layers, copies=copies, width=5, hidden=6).double()


def parted(*, noise: float = 1.0) -> nn.Sequential:
    with seeded(0):
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    split(model, ["0", "2"], copies=3, noise=noise)
    return model


def rows(count: int) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_rows_of_a_task_have_one_route_whatever_they_hold() -> None:
    got = soft_routes(router()(torch.tensor([2, 0, 2])))
    assert torch.equal(got[0], got[2])
    assert not torch.allclose(got[0], got[1])


def test_every_layer_has_a_perceptron_of_its_own() -> None:
    """Each: linear, GELU, linear on the task's vector."""
    net = router()
    got = net(torch.tensor([1]))[0]
    first, _, second = net.layers
    for layer in range(2):
        h = net.vectors.weight[1] @ first.weight[layer] + first.bias[layer]
        h = nn.functional.gelu(h) @ second.weight[layer] + second.bias[layer]
        torch.testing.assert_close(got[layer], h)


def test_great_tau_is_average_routing() -> None:
    """To 1e-4 of the mean of the copies' outputs, in one block."""
    model = parted()[0]
    logits = router(layers=1)(torch.tensor([0, 1]))
    with routed(model, soft_routes(logits, tau=1e6)):
        got = model(rows(2))
    mean = torch.stack([copy(rows(2)) for copy in model.copies]).mean(dim=0)
    torch.testing.assert_close(got, mean, atol=1e-4, rtol=0)
    with routed(model, average_routes(logits)):
        torch.testing.assert_close(model(rows(2)), mean)


def test_copies_alike_are_the_dense_model_whatever_the_router_says() -> None:
    model = parted(noise=0.0)
    outs = []
    for weights in (soft_routes(router()(torch.arange(4))), hard_routes(router()(torch.arange(4)))):
        with routed(model, weights):
            outs.append(model(rows(4)))
    torch.testing.assert_close(outs[0], outs[1])


def test_a_drawn_copy_is_one_copy_and_teaches_the_router() -> None:
    model, net = parted(), router()
    logits = net(torch.tensor([3, 3, 3]))
    weights = drawn_routes(logits, tau=1.0, generator=torch.Generator().manual_seed(0))
    assert weights.sort(dim=-1).values.flatten(0, 1).unique(dim=0).tolist() == [[0.0, 0.0, 1.0]]
    with routed(model, weights):
        out = model(rows(3))
    chosen = weights.argmax(dim=-1)
    h = torch.stack([model[0].copies[c](x) for c, x in zip(chosen[:, 0], rows(3), strict=True)])
    h = torch.stack([model[2].copies[c](x) for c, x in zip(chosen[:, 1], h.tanh(), strict=True)])
    torch.testing.assert_close(out, h)
    out.square().sum().backward()
    assert net.vectors.weight.grad[3].abs().max() > 0
    assert net.vectors.weight.grad[:3].abs().max() == 0
    assert all(p.grad.abs().max() > 0 for p in net.layers.parameters())


def test_rows_and_layers_draw_by_themselves() -> None:
    logits = torch.zeros(60, 2, 3)
    choice = drawn_routes(logits, tau=0.1, generator=torch.Generator().manual_seed(0)).argmax(
        dim=-1
    )
    assert len(choice.unique(dim=0)) == 9


def test_hard_routes_are_the_likeliest_and_routes_are_of_all_tasks() -> None:
    net = router()
    routes = net.routes()
    assert routes.shape == (4, 2, 3)
    assert torch.equal(hard_routes(net(torch.arange(4))).argmax(dim=-1), routes.argmax(dim=-1))
    assert not hard_routes(net(torch.arange(4))).requires_grad
    torch.testing.assert_close(
        soft_routes(torch.tensor([[[0.0, 4.0]]]), tau=4.0)[0, 0, 1].item(), 0.7310586
    )


def test_a_frozen_router_stays_while_copies_learn() -> None:
    model, net = parted(), router().requires_grad_(False)
    with routed(model, soft_routes(net(torch.arange(4)))):
        model(rows(4)).square().sum().backward()
    assert all(p.grad is None for p in net.parameters())
    assert all(p.grad.abs().max() > 0 for p in model.parameters())


def test_exploration() -> None:
    """Rate 1/2 of 3 copies: the first stays with 1/2 + 1/6."""
    chosen = torch.zeros(20_000, 1, 3)
    chosen[..., 0] = 1
    got = Explored(0.5)(chosen, torch.Generator().manual_seed(0))
    assert float(got[..., 0].mean()) == pytest.approx(2 / 3, abs=0.02)
    assert torch.equal(got.sum(dim=-1), torch.ones(20_000, 1))
    assert torch.equal(Explored(0.0)(chosen, torch.Generator()), chosen)
    assert_frozen(Explored())
    with pytest.raises(ValueError, match="rate"):
        Explored(1.5)
