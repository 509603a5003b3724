import pytest
import torch
from torch import nn

from dubito.nn.low_rank_sampling import sampled
from dubito.nn.sampled_low_rank import (
    Adapter,
    MemberLinear,
    Members,
    SampledLowRank,
    add_low_rank,
)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(members: int = 3, *, scaling: float = 2.0) -> SampledLowRank:
    base = nn.Linear(4, 5, dtype=torch.float64)
    factors = Members(normal(members, 2, 4, seed=1), normal(members, 5, 2, seed=2))
    return SampledLowRank(base, factors, scaling=scaling)


def test_by_hand() -> None:
    """Base (1, 1) . x = 3; member 0 adds 2 * 1 * (x1) = 2, member 1 adds 2 * 3 * (x2) = 12."""
    base = nn.Linear(2, 1, bias=False)
    base.weight.data[:] = torch.tensor([[1.0, 1.0]])
    a = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
    b = torch.tensor([[[1.0]], [[3.0]]])
    two = SampledLowRank(base, Members(a, b), scaling=2.0)
    x = torch.tensor([[1.0, 2.0]])
    assert two(x.repeat(2, 1)).tolist() == [[5.0], [15.0]]
    two.enters = True
    assert two(x).tolist() == [[5.0], [15.0]]


@pytest.mark.parametrize("shape", [(6, 4), (6, 7, 4), (6, 2, 3, 4)])
def test_batched_is_a_loop_over_members(shape: tuple[int, ...]) -> None:
    """Rows that all differ, member-major: a wrong order of rows or members would show."""
    three, x = layer(), normal(*shape)
    loop = [
        three.base(rows) + 2.0 * rows @ a.T @ b.T
        for rows, a, b in zip(x.chunk(3), three.a, three.b, strict=True)
    ]
    assert torch.allclose(three(x), torch.cat(loop), atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 4), (2, 7, 4)])
def test_entering_rows_are_projected_once(shape: tuple[int, ...]) -> None:
    three, x = layer(), normal(*shape)
    seen: list[int] = []
    three.base.register_forward_pre_hook(lambda _m, args: seen.append(len(args[0])))
    apart = three(x.repeat(3, *[1] * (len(shape) - 1)))
    three.enters = True
    assert torch.allclose(three(x), apart, atol=1e-12)
    assert seen == [6, 2]


def test_one_member_is_plain_lora() -> None:
    one, x = layer(1), normal(6, 4)
    merged = one.base.weight + 2.0 * one.b[0] @ one.a[0]
    assert torch.allclose(one(x), x @ merged.T + one.base.bias)


def test_gradients() -> None:
    """Of the factors and of the input; a member's own do not hang on another's output."""
    base = nn.Linear(4, 5, dtype=torch.float64).requires_grad_(False)
    x, a, b = normal(6, 4), normal(3, 2, 4, seed=1), normal(3, 5, 2, seed=2)

    def forward(*given: torch.Tensor) -> torch.Tensor:
        return SampledLowRank(base, Members(given[1], given[2]))(given[0])

    assert torch.autograd.gradcheck(forward, [t.requires_grad_() for t in (x, a, b)])
    member = forward(x, a, b).unflatten(0, (3, 2))[1].square().sum()
    got = torch.autograd.grad(member, a)[0]
    assert got[1].abs().min() > 0
    assert torch.equal(got[[0, 2]], torch.zeros_like(got[[0, 2]]))
    assert base.weight.grad is None


def test_precision_is_that_of_the_base() -> None:
    """A half-precision base with factors in single precision, as PEFT keeps them."""
    base = nn.Linear(4, 5, dtype=torch.bfloat16)
    both = SampledLowRank(base, Members(normal(3, 2, 4).float(), normal(3, 5, 2).float()))
    x = normal(6, 4).bfloat16()
    got = both(x)
    assert got.dtype == torch.bfloat16
    loop = torch.einsum("sni,sri,sor->sno", x.float().view(3, 2, 4), both.a, both.b)
    assert torch.equal(got, (base(x).float() + loop.reshape(6, 5)).bfloat16())


def test_dropout_is_in_the_branch_and_in_training() -> None:
    """All dropped: the base is left. In evaluation nothing is."""
    one = layer(1)
    whole = SampledLowRank(one.base, one.members, scaling=2.0, dropout=1.0)
    x = normal(6, 4)
    assert torch.allclose(whole.train()(x), one.base(x))
    assert torch.equal(whole.eval()(x), one(x))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="factors"):
        SampledLowRank(nn.Linear(4, 5), Members(normal(3, 2, 4), normal(2, 5, 2)))
    with pytest.raises(ValueError, match="factors"):
        SampledLowRank(nn.Linear(4, 5), Members(normal(3, 2, 4), normal(3, 5, 1)))
    with pytest.raises(ValueError, match="7 rows are no multiple of 3"):
        layer()(normal(7, 4))
    with pytest.raises(ValueError, match="rank and members"):
        Adapter(rank=0)
    with pytest.raises(ValueError, match="7 rows"):
        MemberLinear(3, 4, 2)(normal(7, 4))


def test_adapters_begin_at_the_base() -> None:
    """B = 0 for all, A within its bound and of its variance, other for each member and layer."""
    net = nn.Sequential(nn.Linear(400, 30), nn.ReLU(), nn.Linear(30, 4)).eval()
    x = torch.randn(5, 400, generator=torch.Generator().manual_seed(0))
    plain = net(x)
    assert add_low_rank(net, ("0", "2"), Adapter(rank=20, members=3, gain=2.0), seed=4) == [
        "0",
        "2",
    ]
    with sampled(net) as count:
        got = net(x)
    assert count == 3
    assert torch.allclose(got, plain.repeat(3, 1))
    a = net[0].a.detach()
    bound = 2 * (6 / 420) ** 0.5
    assert a.shape == (3, 20, 400)
    assert 0.99 * bound < a.abs().max() <= bound
    assert a.var() == pytest.approx(bound**2 / 3, rel=0.03)
    assert abs(a.mean()) < 5 * bound / 3**0.5 / 24_000**0.5
    assert abs(torch.corrcoef(a.flatten(1))[0, 1]) < 5 / 8000**0.5
    assert not net[0].base.weight.requires_grad
    assert net[0].a.requires_grad
    with pytest.raises(ValueError, match="no linear layer"):
        add_low_rank(net, ("q_proj",), Adapter())


def test_member_heads_are_a_loop() -> None:
    heads, x = MemberLinear(3, 4, 2, seed=1).double(), normal(6, 4)
    heads.bias.data.copy_(normal(3, 1, 2))
    loop = [r @ w + b for r, w, b in zip(x.chunk(3), heads.weight, heads.bias, strict=True)]
    assert torch.allclose(heads(x), torch.cat(loop))
    assert heads.weight.abs().max() <= 0.5
    assert not torch.equal(heads.weight[0], heads.weight[1])
