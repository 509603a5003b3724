"""Dirichlet helpers: numbers by hand, torch.distributions and draws as second opinions."""

import math

import pytest
import torch
from torch.distributions import Dirichlet, kl_divergence

from dubito.nn.dirichlet import (
    expected_brier,
    expected_surprise,
    misleading,
    of_target,
    uniform_kl,
    vacuity,
)


def drawn(n: int = 20, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    alpha = 1 + 9 * torch.rand(n, classes, generator=generator, dtype=torch.float64)
    return alpha, torch.randint(classes, (n,), generator=generator)


def test_kl_is_that_of_torch_distributions_and_0_without_evidence() -> None:
    alpha, _ = drawn()
    expected = kl_divergence(Dirichlet(alpha), Dirichlet(torch.ones_like(alpha)))
    torch.testing.assert_close(uniform_kl(alpha), expected)
    assert uniform_kl(torch.ones(7)).item() == pytest.approx(0, abs=1e-6)


def test_kl_by_hand() -> None:
    # Dir(2, 1): density 2p on [0, 1], KL = int 2p log 2p dp = log 2 - 1/2
    alpha = torch.tensor([2.0, 1.0], dtype=torch.float64)
    assert uniform_kl(alpha).item() == pytest.approx(math.log(2) - 0.5)


def test_surprise_by_hand() -> None:
    # digamma(3) - digamma(2) = 1/2; digamma(3) - digamma(1) = 1 + 1/2
    alpha = torch.tensor([[2.0, 1.0], [2.0, 1.0]], dtype=torch.float64)
    assert expected_surprise(alpha, torch.tensor([0, 1])).tolist() == pytest.approx([0.5, 1.5])


def test_brier_by_hand() -> None:
    # mean (2/3, 1/3), y = 0: 1/9 + 1/9; variance 2 * (2/9) / 4 = 1/9
    alpha = torch.tensor([2.0, 1.0], dtype=torch.float64)
    assert expected_brier(alpha, torch.tensor(0)).item() == pytest.approx(3 / 9)
    # y = 1: 4/9 + 4/9 + 1/9
    assert expected_brier(alpha, torch.tensor(1)).item() == pytest.approx(1.0)


def test_expectations_are_means_over_draws() -> None:
    """Five standard errors of 20,000 draws."""
    alpha, target = drawn(3)
    torch.manual_seed(0)
    p = Dirichlet(alpha).sample((20_000,))  # [S, N, K]
    y = torch.nn.functional.one_hot(target, 4)
    losses = {
        expected_surprise: -p.log().gather(-1, target.expand(20_000, 3)[..., None])[..., 0],
        expected_brier: ((y - p) ** 2).sum(dim=-1),
    }
    for exact, values in losses.items():
        error = 5 * values.std(dim=0) / math.sqrt(20_000)
        assert ((values.mean(dim=0) - exact(alpha, target)).abs() < error).all()


def test_misleading_forgets_the_true_class_alone() -> None:
    alpha = torch.tensor([[5.0, 3.0, 2.0]])
    assert misleading(alpha, torch.tensor([1])).tolist() == [[5.0, 1.0, 2.0]]
    assert alpha.tolist() == [[5.0, 3.0, 2.0]]


def test_vacuity_and_target() -> None:
    assert vacuity(torch.tensor([1.0, 1.0, 1.0])).item() == 1
    assert vacuity(torch.tensor([7.0, 2.0, 3.0])).item() == 0.25  # 3 / 12
    assert of_target(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1, 0])).tolist() == [
        2,
        3,
    ]


def test_gradients() -> None:
    alpha, target = drawn(2, 3)
    alpha.requires_grad_()
    for function in (expected_surprise, expected_brier):
        assert torch.autograd.gradcheck(lambda a, f=function: f(a, target % 3), alpha)
    assert torch.autograd.gradcheck(uniform_kl, alpha)
