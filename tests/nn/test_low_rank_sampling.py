"""A model as S members: rows are repeated late, and everything comes back."""

import pytest
import torch
from torch import nn

from dubito.nn.low_rank_laws import BranchDropout, GaussianNoise, point
from dubito.nn.low_rank_sampling import sampled
from dubito.nn.sampled_low_rank import Adapter, MemberLinear, SampledLowRank, add_low_rank


class Block(nn.Module):
    """Residual, and handed something beside its rows."""

    def __init__(self) -> None:
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.seen: list[int] = []

    def forward(
        self, x: torch.Tensor, *, mask: torch.Tensor, turns: tuple[torch.Tensor, ...]
    ) -> torch.Tensor:
        self.seen.append(len(x))
        return x + self.lin(x * mask) * turns[0] + turns[1]


class Model(nn.Module):
    """Three blocks in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Linear(2, 4)
        self.blocks = nn.ModuleList([Block(), Block(), Block()])

    def forward(self, x: torch.Tensor, mask: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
        x = self.read(x)
        for block in self.blocks:
            x = block(x, mask=mask, turns=(turn, torch.ones(1)))
        return x


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def model(endings: tuple[str, ...] = ("blocks.1.lin", "blocks.2.lin")) -> Model:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Model().eval()
    add_low_rank(made, endings, Adapter(rank=2), seed=1)
    for layer in made.modules():
        if isinstance(layer, SampledLowRank):
            layer.b.data.copy_(normal(*layer.b.shape, seed=2))
    return made


def inputs(rows: int = 3) -> tuple[torch.Tensor, ...]:
    """Rows, a mask of each, a turn of each."""
    return normal(rows, 2), normal(rows, 1, seed=1), normal(rows, 4, seed=2)


@pytest.mark.parametrize("rows", [1, 3])
def test_one_pass_is_a_loop_over_draws(rows: int) -> None:
    """Member s of five equals a pass whose rows are repeated, all of it done five times."""
    made, x = model(), inputs(rows)
    with sampled(made, GaussianNoise(0.5, 0.5), members=5, seed=3):
        got = made(*x)
    with sampled(made, GaussianNoise(0.5, 0.5), members=5, seed=3, shared=False):
        apart = made(*(t.repeat(5, 1) for t in x))
    assert got.shape == (5 * rows, 4)
    assert torch.allclose(got, apart, atol=1e-6)
    assert not torch.allclose(got[:rows], got[rows : 2 * rows])


def test_what_comes_before_the_first_layer_is_computed_once() -> None:
    made = model()
    with sampled(made, members=5):
        made(*inputs())
    assert [b.seen for b in made.blocks] == [[3], [15], [15]]


def test_without_noise_all_members_are_the_model() -> None:
    made, x = model(), inputs()
    plain = made(*x)
    with sampled(made, point, members=4) as count:
        assert torch.allclose(made(*x), plain.repeat(count, 1), atol=1e-6)


def test_the_whole_model_where_there_is_no_chain() -> None:
    """Rows come by keyword, a mask beside them."""

    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up, self.down = nn.Linear(2, 4), nn.Linear(4, 2)

        def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return self.down(self.up(x) * mask)

    made = Pair()
    add_low_rank(made, ("up", "down"), Adapter(rank=2))
    x, mask, _ = inputs()
    plain = made(x=x, mask=mask)
    with sampled(made, members=4):
        assert torch.allclose(made(x=x, mask=mask), plain.repeat(4, 1), atol=1e-6)
        one = made(mask=mask[:1], x=x[:1])  # whichever comes first
        assert torch.allclose(one, plain[:1].repeat(4, 1), atol=1e-6)
        with pytest.raises(ValueError, match="without a tensor"):
            made(x=[1.0], mask=[1.0])


def test_a_first_layer_projects_once() -> None:
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    add_low_rank(net, ("0", "2"), Adapter(rank=2))
    seen: list[int] = []
    net[0].base.register_forward_pre_hook(lambda _m, args: seen.append(len(args[0])))
    net[2].base.register_forward_pre_hook(lambda _m, args: seen.append(len(args[0])))
    x = normal(3, 2)
    with sampled(net, BranchDropout(0.5), members=4):
        assert net(x).shape == (12, 3)
    assert seen == [3, 12]


def test_everything_comes_back() -> None:
    """After an error too: layers, hooks, and where rows enter."""
    made, x = model(), inputs()
    before, plain = dict(made.named_modules()), made(*x)
    with pytest.raises(RuntimeError, match="stop"), sampled(made, GaussianNoise(1.0), members=2):
        raise RuntimeError("stop")
    assert dict(made.named_modules()) == before
    assert torch.equal(made(*x), plain)
    assert not any(m._forward_pre_hooks for m in made.modules())


def test_a_layer_in_two_places_is_one_draw() -> None:
    tied = nn.Linear(4, 4)
    net = nn.Sequential(tied, nn.ReLU(), nn.Sequential(tied))
    net[0] = net[2][0] = Adapter(rank=2)(tied, torch.Generator().manual_seed(0))
    with sampled(net, GaussianNoise(1.0, 1.0), members=3, shared=False):
        assert net[0] is net[2][0]
        assert len(net[0].a) == 3
    assert net[0] is net[2][0]


def test_gradients_reach_the_factors_of_every_member() -> None:
    """In one pass, each from its own rows; heads of their own come along."""
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), MemberLinear(3, 4, 2))
    add_low_rank(net, ("0",), Adapter(rank=2, members=3))
    net[0].b.data.copy_(normal(3, 4, 2, seed=5))
    with sampled(net):
        net(normal(5, 2)).unflatten(0, (3, 5))[1].square().sum().backward()
    grad = net[0].a.grad
    assert grad[1].abs().min() > 0
    assert torch.equal(grad[[0, 2]], torch.zeros_like(grad[[0, 2]]))
    assert net[0].base.weight.grad is None


def test_modes_are_those_of_the_model() -> None:
    made = model().train()
    with sampled(made, members=2):
        assert made.blocks[1].lin.training
    made.eval()
    with sampled(made, members=2):
        assert not made.blocks[1].lin.training


def test_refusals() -> None:
    with (
        pytest.raises(ValueError, match="no low-rank layer"),
        sampled(nn.Sequential(nn.Linear(2, 2))),
    ):
        pass
    alone = Adapter(rank=2)(nn.Linear(2, 2), torch.Generator())
    with pytest.raises(ValueError, match="no low-rank layer"), sampled(alone):
        pass
