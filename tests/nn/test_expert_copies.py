"""Copies of blocks: alike, averaged, chosen, and ordinary again."""

import pytest
import torch
from torch import nn

from dubito.nn.expert_copies import (
    ExpertCopies,
    dispatched,
    one_route,
    routed,
    split,
    split_blocks,
)
from dubito.nn.gates import TopK
from dubito.nn.seeded import seeded


def net() -> nn.Sequential:
    with seeded(0):
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()


def rows(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def parted(*, noise: float = 1.0) -> nn.Sequential:
    model = net()
    split(model, ["0", "2"], copies=3, noise=noise)
    return model


def weights(count: int = 5) -> torch.Tensor:
    return rows(count, 2, 3).softmax(dim=-1)


def test_copies_that_are_alike_are_the_block_whatever_the_weights() -> None:
    model = parted(noise=0.0)
    with routed(model, weights()):
        torch.testing.assert_close(model(rows(5, 3)), net()(rows(5, 3)))


def test_noise_is_of_this_deviation_and_each_its_own() -> None:
    block = ExpertCopies(nn.Linear(100, 100).double(), 2, noise=0.5, seed=1)
    first, second = (copy.weight.detach() for copy in block.copies)
    assert float((first - second).std()) == pytest.approx(0.5 * 2**0.5, rel=0.03)
    layer = nn.Linear(2, 2)
    same, again = (ExpertCopies(layer, 2, noise=1.0, seed=4) for _ in range(2))
    assert torch.equal(same.copies[1].weight, again.copies[1].weight)


def test_outputs_are_averaged_not_weights() -> None:
    """Half each of relu(x) and relu(-x) is |x| / 2; the mean of the weights would give 0."""
    block = ExpertCopies(nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU()), 2, noise=0.0)
    block.copies[0][0].weight.data.fill_(1.0)
    block.copies[1][0].weight.data.fill_(-1.0)
    with routed(block, torch.full((2, 1, 2), 0.5)):
        assert block(torch.tensor([[3.0], [-4.0]])).flatten().tolist() == [1.5, 2.0]


def test_every_block_has_its_own_weights_row_by_row() -> None:
    model, w = parted(), weights()
    with routed(model, w):
        got = model(rows(5, 3))
    for i in range(5):
        h = rows(5, 3)[i]
        for at, layer in enumerate((model[0], model[2])):
            h = sum(w[i, at, e] * layer.copies[e](h) for e in range(3))
            h = h.tanh() if at == 0 else h
        torch.testing.assert_close(got[i], h)


def test_one_route_is_an_ordinary_model() -> None:
    """The same as one-hot weights; names and sizes of the model before it was split."""
    model = parted()
    plain = one_route(model, [2, 0])
    assert {n: p.shape for n, p in plain.named_parameters()} == {
        n: p.shape for n, p in net().named_parameters()
    }
    chosen = torch.nn.functional.one_hot(torch.tensor([2, 0]), 3).double().expand(5, -1, -1)
    with routed(model, chosen), torch.no_grad():
        torch.testing.assert_close(model(rows(5, 3)), plain(rows(5, 3)))
    assert len(split_blocks(model)) == 2


def test_what_no_row_uses_is_not_run_without_gradients() -> None:
    model, runs = parted(), []
    for e, copy in enumerate(model[0].copies):
        copy.register_forward_hook(lambda *_, e=e: runs.append(e))
    chosen = torch.zeros(2, 2, 3, dtype=torch.float64)
    chosen[:, :, 1] = 1
    with routed(model, chosen), torch.no_grad():
        model(rows(2, 3))
    assert runs == [1]
    with routed(model, chosen):
        model(rows(2, 3))
    assert runs == [1, 0, 1, 2]  # their outputs are what teaches the router


def test_other_arguments_go_to_every_copy() -> None:
    class Scaled(nn.Module):
        def forward(self, h: torch.Tensor, by: float, *, plus: float) -> torch.Tensor:
            return by * h + plus

    block = ExpertCopies(Scaled(), 2)
    with routed(block, torch.full((4, 1, 2), 0.5)):
        assert block(torch.ones(4, 2, 3), 3.0, plus=1.0).unique().tolist() == [4.0]


class Cached(nn.Module):
    def forward(self, h: torch.Tensor, *, past_key_values: object) -> torch.Tensor:
        assert past_key_values
        return h


def test_a_cache_belongs_to_one_copy() -> None:
    block, one = ExpertCopies(Cached(), 2), torch.tensor([[[1.0, 0.0]]])
    with routed(block, one), torch.no_grad():
        assert block(torch.ones(1, 2), past_key_values=object()).tolist() == [[1.0, 1.0]]
    with routed(block, 0.5 * torch.ones(1, 1, 2)), pytest.raises(ValueError, match="one cache"):
        block(torch.ones(1, 2), past_key_values=object())


def test_weights_come_from_outside_and_go_again() -> None:
    model = parted()
    with routed(model, weights()), pytest.raises(ValueError, match="for 4 rows needed, got those"):
        model(rows(4, 3))
    with pytest.raises(ValueError, match="got none: use `routed`"):
        model(rows(5, 3))


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="'7'"):
        split(net(), ["0", "7"], copies=2)
    with pytest.raises(ValueError, match="none given"):
        split(net(), [], copies=2)
    with (
        pytest.raises(ValueError, match=r"\[B, 2, 3\] needed"),
        routed(parted(), torch.ones(5, 3, 2)),
    ):
        pass
    with pytest.raises(ValueError, match=r"\[B, 0, 0\] needed"), routed(net(), weights()):
        pass
    with pytest.raises(ValueError, match="copies must"):
        ExpertCopies(net(), 0)


def test_rows_go_to_the_experts_that_they_use() -> None:
    """The same as all experts on all rows; an expert of no row is not called."""
    seen: list[int] = []

    def expert(factor: float):
        def run(x: torch.Tensor) -> torch.Tensor:
            seen.append(len(x))
            return factor * x[:, :1]

        return run

    w = TopK(1)(torch.tensor([[0.0, 5.0, 1.0], [9.0, 0.0, 1.0], [0.0, 2.0, 1.0]]).double())
    x = rows(3, 2)
    got = dispatched([expert(1.0), expert(10.0), expert(100.0)], x, w)
    assert seen == [1, 2]
    torch.testing.assert_close(got, x[:, :1] * torch.tensor([[10.0], [1.0], [10.0]]).double())
    mixed = dispatched([expert(1.0), expert(10.0)], x, torch.full((3, 2), 0.5).double())
    torch.testing.assert_close(mixed, 5.5 * x[:, :1])
    some = dispatched([expert(1.0)], x, torch.tensor([[0.0], [2.0], [0.0]]).double())
    assert some[[0, 2]].abs().max() == 0
    with pytest.raises(ValueError, match="no row has an expert"):
        dispatched([expert(1.0)], x, torch.zeros(3, 1))


def test_within_routes_others_and_then_the_first_again() -> None:
    model, x = parted(), rows(5, 3)
    with routed(model, weights()):
        first = model(x)
        with routed(model, 2 * weights()):
            assert not torch.equal(model(x), first)
        assert torch.equal(model(x), first)
    assert all(block.weights is None for block in split_blocks(model).values())
