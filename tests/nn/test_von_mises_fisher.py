"""Drawn directions: their mean length is the law's, and so is its slope."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from dubito.maths.von_mises_fisher import mean_length
from dubito.nn.von_mises_fisher import draw_directions


def around(kappa: float, dimensions: int, draws: int, seed: int = 0) -> torch.Tensor:
    means = torch.eye(dimensions, dtype=torch.float64)[:1]
    generator = torch.Generator().manual_seed(seed)
    return draw_directions(means, torch.tensor([kappa]).double(), draws, generator)[:, 0]


@pytest.mark.parametrize("kappa", [1e-3, 0.7, 5.0, 60.0, 1e5])
@pytest.mark.parametrize("dimensions", [3, 10, 64])
def test_mean_cosine_is_the_laws(kappa: float, dimensions: int) -> None:
    """A_d(kappa), within 5 standard errors; all of unit length; no side is favoured."""
    x = around(kappa, dimensions, 4000)
    np.testing.assert_allclose(x.norm(dim=-1), 1, atol=1e-9)
    error = 5 * float(x[:, 0].std()) / math.sqrt(len(x))
    assert abs(float(x[:, 0].mean()) - mean_length(kappa, dimensions)) < error + 1e-12
    side = x[:, 1:].mean(dim=0).abs()
    assert (side < 5 * x[:, 1:].std(dim=0) / math.sqrt(len(x))).all()


def test_the_law_in_three_dimensions() -> None:
    """There the cosine has the density kappa exp(kappa w) / (2 sinh kappa)."""
    kappa = 2.5
    w = around(kappa, 3, 3000)[:, 0].numpy()

    def below(w: np.ndarray) -> np.ndarray:
        return (np.exp(kappa * w) - np.exp(-kappa)) / (2 * np.sinh(kappa))

    assert stats.kstest(w, below).pvalue > 0.01


@pytest.mark.parametrize("kappa", [5.0, 60.0])
def test_the_slope_is_nearly_that_of_the_mean_length(kappa: float) -> None:
    """A'(kappa) by differences; what the rejection adds is left out, a few percent here."""
    means = torch.eye(16, dtype=torch.float64)[:1]
    k = torch.tensor([kappa], dtype=torch.float64, requires_grad=True)
    x = draw_directions(means, k, 20000, torch.Generator().manual_seed(0))
    x[..., 0].mean().backward()
    exact = (mean_length(kappa + 1e-3, 16) - mean_length(kappa - 1e-3, 16)) / 2e-3
    assert float(k.grad) == pytest.approx(exact, rel=0.1)


def test_rows_keep_their_own_law_and_slope() -> None:
    means = torch.eye(8, dtype=torch.float64)[:2].requires_grad_(True)
    kappa = torch.tensor([1.0, 1e6], dtype=torch.float64)
    x = draw_directions(means, kappa, 50, torch.Generator().manual_seed(1))
    assert x.shape == (50, 2, 8)
    assert float(x[:, 1, 1].detach().min()) > 0.999 > float(x[:, 0, 0].detach().mean())
    x[:, 1, 1].sum().backward()
    assert float(means.grad[1, 1]) > 0
    assert not means.grad[0].any()


def test_seed_and_dtype() -> None:
    a, b, c = (around(3.0, 5, 20, seed) for seed in (0, 0, 1))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    generator = torch.Generator().manual_seed(0)
    single = draw_directions(torch.eye(4)[:1], torch.ones(1), 3, generator)
    assert single.dtype == torch.float32


def test_refusals() -> None:
    generator = torch.Generator()
    with pytest.raises(ValueError, match="d >= 3"):
        draw_directions(torch.eye(2), torch.ones(2), 1, generator)
    with pytest.raises(ValueError, match="above 0"):
        draw_directions(torch.eye(3), torch.zeros(3), 1, generator)
