"""A Gaussian for each number: against scipy, at its optimum, and at its bounds."""

import math

import pytest
import torch
from scipy.stats import norm

from dubito.nn.gaussian_head import Gaussian, GaussianHead, gaussian_nll, gaussian_of


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_by_hand() -> None:
    """Mean 0, deviation 1, truth 1: 1/2 + log(2 pi) / 2 = 1.4189. Twice the deviation: + log 2."""
    got = gaussian_nll(Gaussian(t(0, 0), t(0, math.log(2))), t(1, 2))
    assert got.tolist() == pytest.approx([1.418939, 1.418939 + math.log(2)], abs=1e-6)


def test_scipy_agrees() -> None:
    law = norm([0.3, -2.0, 5.0], [0.1, 1.0, 4.0])
    truth = t(0.5, -2.0, -3.0)
    said = Gaussian(t(0.3, -2.0, 5.0), t(0.1, 1.0, 4.0).log())
    assert gaussian_nll(said, truth).tolist() == pytest.approx(-law.logpdf(truth.numpy()))
    assert said.sd.tolist() == pytest.approx([0.1, 1, 4])


def test_best_deviation_is_the_error() -> None:
    """exp(2 s) = (truth - mean)^2: the slope in s is 0 there, below 0 before, above 0 behind."""
    s = (t(0.9, 1.0, 1.1) * 3.0).log().requires_grad_()
    gaussian_nll(Gaussian(t(1, 1, 1), s), t(4, 4, 4)).sum().backward()
    assert s.grad is not None
    assert s.grad[1].item() == pytest.approx(0, abs=1e-12)
    assert s.grad[0] < 0 < s.grad[2]


def test_spread_of_noise_is_found() -> None:
    """4,000 draws with deviation 0.5: found within 0.03."""
    truth = 0.5 * torch.randn(4000, generator=torch.Generator().manual_seed(0)).double()
    mean, s = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimiser = torch.optim.Adam([mean, s], lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        gaussian_nll(Gaussian(mean, s), truth).mean().backward()
        optimiser.step()
    assert s.exp().item() == pytest.approx(0.5, abs=0.03)


def test_weights_by_the_variance() -> None:
    """Deviation 2: 4^beta times the loss. With 1 the mean's slope is that of a squared error / 2.

    Mean 1, truth 4: slope (1 - 4) / 4 without, (1 - 4) with.
    """
    said = Gaussian(t(1).requires_grad_(), t(math.log(2)).requires_grad_())
    plain, half, whole = (gaussian_nll(said, t(4), beta=b) for b in (0, 0.5, 1))
    assert (half / plain).item() == pytest.approx(2)
    assert (whole / plain).item() == pytest.approx(4)
    assert torch.autograd.grad(plain, said.mean)[0].item() == pytest.approx(-0.75)
    slopes = torch.autograd.grad(whole, [said.mean, said.log_sd])
    assert slopes[0].item() == pytest.approx(-3)
    # The weight has no slope: 4 (1 - 9 / 4) alone.
    assert slopes[1].item() == pytest.approx(-5)


def test_gradients() -> None:
    def loss(raw: torch.Tensor) -> torch.Tensor:
        return gaussian_nll(gaussian_of(raw), t(1.0, -1.0))

    assert torch.autograd.gradcheck(loss, t(0.3, -2.0, 2.5, -4.0).requires_grad_())


def test_means_come_first_and_deviations_are_bent() -> None:
    """Far between the bounds as they are; at a bound log 2 inside; far beyond it the bound."""
    raw = t(7, 8, 9, -20, -1, 10).view(2, 3)
    said = gaussian_of(raw.flatten(), low=-30, high=60)
    assert said.mean.tolist() == [7, 8, 9]
    assert said.log_sd.tolist() == pytest.approx([-20, -1, 10], abs=1e-4)
    at = gaussian_of(t(0, 0, 0, 0, -5, 3, -400, 400)).log_sd.tolist()
    assert at == pytest.approx([-5 + math.log(2), 3 - math.log(2), -5, 3], abs=1e-3)


def test_a_deviation_beyond_its_bound_has_a_slope() -> None:
    raw = t(0, 9).requires_grad_()
    gaussian_nll(gaussian_of(raw), t(0.1)).sum().backward()
    assert raw.grad is not None
    assert raw.grad[1] > 1e-4


def test_head() -> None:
    head = GaussianHead(4, 3, low=-1, high=1).double()
    x = torch.randn(2, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    said = head(1000 * x)
    assert said.mean.shape == said.log_sd.shape == (2, 5, 3)
    assert said.log_sd.abs().max() <= 1
    assert torch.equal(said.mean, head.linear(1000 * x)[..., :3])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="even number of outputs"):
        gaussian_of(t(1, 2, 3))
    with pytest.raises(ValueError, match="low < high"):
        gaussian_of(t(1, 2), low=1, high=1)
    with pytest.raises(ValueError, match="beta"):
        gaussian_nll(Gaussian(t(1), t(1)), t(1), beta=2)
