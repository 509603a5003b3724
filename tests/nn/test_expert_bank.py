"""Experts side by side: against the same experts one after the other."""

import pytest
import torch
from torch import nn

from dubito.nn.expert_bank import ExpertLinear, ExpertNorm, expert_bank
from dubito.nn.seeded import seeded


def rows(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def alone(bank: ExpertLinear, expert: int) -> nn.Linear:
    """One expert as torch's own layer."""
    layer = nn.Linear(bank.weight.shape[1], bank.weight.shape[2], dtype=torch.float64)
    layer.weight.data = bank.weight[expert].T
    layer.bias.data = bank.bias[expert]
    return layer


def test_each_expert_is_a_linear_layer() -> None:
    """Of rows that all read, and of rows of its own; tokens in front make no difference."""
    bank = ExpertLinear(3, 4, 2).double()
    shared, own = rows(5, 4), rows(5, 3, 4)
    for e in range(3):
        layer = alone(bank, e)
        torch.testing.assert_close(bank(shared[:, None])[:, e], layer(shared))
        torch.testing.assert_close(bank(own)[:, e], layer(own[:, e]))
    tokens = rows(5, 7, 4)
    torch.testing.assert_close(bank(tokens[:, :, None])[:, 2], bank(tokens[:, 2, None]))


def test_what_all_read_is_what_each_reads_when_it_is_the_same() -> None:
    bank, x = ExpertLinear(3, 4, 2).double(), rows(5, 4)
    torch.testing.assert_close(bank(x[:, None]), bank(x[:, None].expand(-1, 3, -1)))


def test_it_starts_as_torch_starts() -> None:
    """Uniform within 1 / sqrt(d_in), weights and bias; experts differ."""
    with seeded(0):
        bank = ExpertLinear(2, 64, 500)
    for values in (bank.weight.detach(), bank.bias.detach()):
        assert values.abs().max() <= 0.125
        assert float(values.std()) == pytest.approx(0.125 / 3**0.5, rel=0.05)
        assert not torch.equal(values[0], values[1])
    assert ExpertLinear(2, 3, 4, bias=False).bias is None


def test_a_bank_is_linear_at_its_end_and_rectified_between() -> None:
    """e_1(x) = 2 max(x, 0) - 3, so at x = 1 and -1: -1 and -3; e_2 = 0."""
    bank = expert_bank((1, 1, 1), experts=2).double()
    for parameter in bank.parameters():
        nn.init.zeros_(parameter)
    bank[0].weight.data[0], bank[2].weight.data[0], bank[2].bias.data[0] = 1.0, 2.0, -3.0
    got = bank(torch.tensor([[[1.0]], [[-1.0]]], dtype=torch.float64))
    assert got.flatten().tolist() == [-1.0, 0.0, -3.0, 0.0]
    assert isinstance(expert_bank((2, 2, 2), experts=1, between=nn.SiLU)[1], nn.SiLU)


def test_an_expert_learns_from_its_own_rows_only() -> None:
    bank = expert_bank((2, 3, 2), experts=3).double()
    bank(rows(4, 3, 2))[:, 1].sum().backward()
    for parameter in bank.parameters():
        assert parameter.grad[[0, 2]].abs().max() == 0
        assert parameter.grad[1].abs().max() > 0


def test_norm_is_of_each_number_over_the_rows() -> None:
    """Mean 0 and variance 1 however wide the expert is; the same whatever its factor."""
    norm, x = ExpertNorm(2, 3).double(), rows(50, 2, 3)
    x[:, 1] = 100 * x[:, 1] + 7
    got = norm(x)
    torch.testing.assert_close(got.mean(dim=0), torch.zeros(2, 3, dtype=torch.float64))
    torch.testing.assert_close(
        got.var(dim=0, correction=0), torch.ones(2, 3).double(), atol=1e-4, rtol=0
    )
    torch.testing.assert_close(norm(7 * x), got, atol=1e-4, rtol=0)


def test_gradients() -> None:
    bank = expert_bank((2, 3, 2), experts=2, between=nn.Tanh).double()
    assert torch.autograd.gradcheck(bank, (rows(3, 2, 2).requires_grad_(),))
    assert torch.autograd.gradcheck(bank, (rows(3, 1, 2).requires_grad_(),))


@pytest.mark.parametrize("shape", [(5, 2, 4), (4,)])
def test_an_axis_of_experts_is_needed(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"1 or 3, d_in"):
        ExpertLinear(3, 4, 2)(torch.ones(shape))


def test_options() -> None:
    with pytest.raises(ValueError, match="experts and widths"):
        ExpertLinear(0, 1, 1)
    with pytest.raises(ValueError, match="size that it reads"):
        expert_bank((3,), experts=2)


def test_seeded_leaves_the_generator_alone() -> None:
    torch.manual_seed(3)
    first = torch.rand(2)
    torch.manual_seed(3)
    with seeded(1):
        inner = torch.rand(2)
    assert torch.equal(torch.rand(2), first)
    with seeded(1):
        assert torch.equal(torch.rand(2), inner)
