"""Divergences by hand, against numpy's, and their slopes."""

import math

import numpy as np
import pytest
import torch

from dubito.maths import entropy as second_opinion
from dubito.nn.divergences import jensen_shannon, kl

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
