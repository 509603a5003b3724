"""The law of errors against scipy's, Laplace's and Gauss's, and where its optimum lies."""

import math

import pytest
import torch
from scipy.stats import gennorm

from dubito.nn.generalised_gaussian import (
    generalised_gaussian_nll,
    generalised_gaussian_variance,
    linear_surrogate,
)


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("shape", [0.4, 1.0, 2.0, 7.0])
@pytest.mark.parametrize("scale", [0.2, 3.0])
def test_scipy_agrees(shape: float, scale: float) -> None:
    law = gennorm(shape, scale=scale)
    errors = t(-2.0, -0.1, 0.3, 5.0)
    got = generalised_gaussian_nll(errors, t(1 / scale), t(shape))
    assert got.tolist() == pytest.approx(-law.logpdf(errors.numpy()), rel=1e-9)
    variance = generalised_gaussian_variance(t(scale), t(shape))
    assert variance.item() == pytest.approx(law.var(), rel=1e-9)


def test_card_variances() -> None:
    """Shape 2, scale sqrt(2) s: 2 s^2 Gamma(3/2) / Gamma(1/2) = s^2. Shape 1, scale 1: 2."""
    s = 1.7
    assert generalised_gaussian_variance(t(math.sqrt(2) * s), t(2.0)).item() == pytest.approx(s**2)
    assert generalised_gaussian_variance(t(1.0), t(1.0)).item() == pytest.approx(2)


def test_card_likelihood_at_no_error() -> None:
    """-ln 1 - ln 2 + ln Gamma(1/2) = -0.1208; with ln 2: -log N(0; 0, 1/2) = ln(pi) / 2."""
    got = generalised_gaussian_nll(t(0.0), t(1.0), t(2.0)).item()
    assert got == pytest.approx(math.log(math.pi) / 2)
    assert got - math.log(2) == pytest.approx(-0.1208, abs=1e-4)
    held = generalised_gaussian_nll(t(0.0), t(1.0), t(2.0), low=1e-4, high=1e3).item()
    assert held - got == pytest.approx(1e-4)
    assert linear_surrogate(t(0.0), t(1.0), t(2.0)).item() == pytest.approx(got)


def test_power_is_held() -> None:
    """(10 * 4)^3 = 64,000 is held at 1,000; the surrogate's 10 * 4 * 3 = 120 is not."""
    args = t(-10.0), t(4.0), t(3.0)
    free, held = (generalised_gaussian_nll(*args, high=h).item() for h in (math.inf, 1e3))
    assert free - held == pytest.approx(63_000)
    rest = free - 64_000
    assert linear_surrogate(*args).item() - rest == pytest.approx(120)
    assert linear_surrogate(*args, high=50).item() - rest == pytest.approx(50)


@pytest.mark.parametrize(("shape", "expected"), [(1.0, 4 / 10), (2.0, math.sqrt(4 / (2 * 34)))])
def test_best_inverse_scale(shape: float, expected: float) -> None:
    """Errors 1, -2, 2, 5: mean size 10/4, mean square 34/4; a = 1 / mean, or a^2 = 1 / (2 square).

    The slope is 0 there, below 0 before and above 0 behind.
    """
    errors = t(1.0, -2.0, 2.0, 5.0)
    a = t(0.9 * expected, expected, 1.1 * expected).requires_grad_()
    generalised_gaussian_nll(errors[:, None], a, t(shape)).mean(dim=0).sum().backward()
    assert a.grad is not None
    assert a.grad.tolist()[1] == pytest.approx(0, abs=1e-9)
    assert a.grad[0] < 0 < a.grad[2]


def test_gradients_are_right_and_finite_at_no_error() -> None:
    inputs = t(0.5, -1.5), t(0.7, 2.0), t(0.6, 2.5)
    assert torch.autograd.gradcheck(generalised_gaussian_nll, [x.requires_grad_() for x in inputs])
    error, inverse_scale, shape = (x.requires_grad_() for x in (t(0.0), t(1.0), t(0.5)))
    generalised_gaussian_nll(error, inverse_scale, shape).sum().backward()
    assert all(x.grad is not None and x.grad.isfinite() for x in (error, inverse_scale, shape))


def test_dtype_is_kept() -> None:
    args = [torch.ones(3) for _ in range(3)]
    assert generalised_gaussian_nll(*args).dtype == torch.float32
    assert generalised_gaussian_variance(*args[:2]).dtype == torch.float32
