"""Divergences by hand, against numpy's, and their slopes."""

import math

import numpy as np
import pytest
import torch

from dubito.maths import entropy as second_opinion
from dubito.nn.divergences import gaussian_kl, jensen_shannon, kl

INF = math.inf


def logs(*p: float) -> torch.Tensor:
    return torch.tensor(p, dtype=torch.float64).log()


def test_the_worked_pair() -> None:
    """The card: JS 0.10175 and KL 0.36806 of (.9, .1) and (.5, .5).

    KL: .9 log 1.8 + .1 log .2 = .52901 - .16094 = .36806.
    """
    p, q = logs(0.9, 0.1), logs(0.5, 0.5)
    assert float(kl(p, q)) == pytest.approx(0.36806, abs=1e-5)
    assert float(jensen_shannon(p, q)) == pytest.approx(0.10175, abs=1e-5)
    assert float(jensen_shannon(q, p)) == pytest.approx(float(jensen_shannon(p, q)), abs=1e-15)


def test_the_ends_of_the_range() -> None:
    assert float(jensen_shannon(logs(1, 0), logs(0, 1))) == pytest.approx(math.log(2))
    assert float(jensen_shannon(logs(0.3, 0.7, 0), logs(0.3, 0.7, 0))) == 0
    assert float(kl(logs(1, 0), logs(0, 1))) == INF
    assert float(kl(logs(0, 1), logs(0.5, 0.5))) == pytest.approx(math.log(2))


def test_as_the_numpy_ones() -> None:
    drawn = torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p, q = drawn.log_softmax(dim=-1)
    assert kl(p, q).shape == (5,)
    np.testing.assert_allclose(kl(p, q), second_opinion.kl(p, q), atol=1e-14)
    np.testing.assert_allclose(
        jensen_shannon(p, q), second_opinion.jensen_shannon(p, q), atol=1e-14
    )


@pytest.mark.parametrize("divergence", [kl, jensen_shannon])
def test_slopes(divergence) -> None:
    drawn = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    p, q = (t.requires_grad_(True) for t in drawn)
    assert torch.autograd.gradcheck(
        lambda a, b: divergence(a.log_softmax(-1), b.log_softmax(-1)), (p, q)
    )


@pytest.mark.parametrize("divergence", [kl, jensen_shannon])
def test_words_that_both_exclude_have_no_slope(divergence) -> None:
    """A masked vocabulary: the same value as without the masked word, and no NaN."""
    p = torch.tensor([0.2, 1.0, -INF], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.7, 0.1, -INF], dtype=torch.float64, requires_grad=True)
    value = divergence(p.log_softmax(-1), q.log_softmax(-1))
    short = divergence(p[:2].log_softmax(-1), q[:2].log_softmax(-1))
    assert float(value.detach()) == pytest.approx(float(short.detach()))
    value.backward()
    assert p.grad.isfinite().all()
    assert q.grad.isfinite().all()
    assert float(q.grad[2]) == 0


def gaussians(*shape: int, seed: int = 0) -> list[torch.Tensor]:
    drawn = torch.randn(4, *shape, generator=torch.Generator().manual_seed(seed))
    return list(drawn.double())


def test_gaussians_by_hand() -> None:
    """KL(N(1, 1) || N(0, 1)) = 1/2 a dimension, summed; N(0, 4) from N(0, 1): (4 - 1 - log 4) / 2.

    And N(1, 1) from N(0, 4): (1 / 4 + 1 / 4 - 1 + log 4) / 2.
    """
    one, none = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    assert float(gaussian_kl(none, none, none, none)) == 0
    assert float(gaussian_kl(one, none, none, none)) == pytest.approx(1.5)
    four = math.log(4) * one[:1]
    assert float(gaussian_kl(none[:1], four, none[:1], none[:1])) == pytest.approx(
        (3 - math.log(4)) / 2
    )
    assert float(gaussian_kl(one[:1], none[:1], none[:1], four)) == pytest.approx(
        (-0.5 + math.log(4)) / 2
    )


def test_gaussians_as_torch_has_them() -> None:
    m, v, n, w = gaussians(5, 7)
    laws = [torch.distributions.Normal(a, (b / 2).exp()) for a, b in ((m, v), (n, w))]
    expected = torch.distributions.kl_divergence(*laws).sum(dim=-1)
    assert gaussian_kl(m, v, n, w).shape == (5,)
    torch.testing.assert_close(gaussian_kl(m, v, n, w), expected)


def test_gaussians_that_are_near_and_slopes() -> None:
    """A millionth wider: e^2 / 4 = 2.5e-13, which a difference of logs would lose."""
    none = torch.zeros(1)
    assert float(gaussian_kl(none, none + 1e-6, none, none)) == pytest.approx(2.5e-13, abs=6e-14)
    parts = [t.requires_grad_(True) for t in gaussians(2, 3, seed=1)]
    assert torch.autograd.gradcheck(gaussian_kl, parts)
