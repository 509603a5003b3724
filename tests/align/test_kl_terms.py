"""Three ways to see how far a policy has moved: numbers, and which of them has the right slope."""

import math

import pytest
import torch

from dubito.align.kl_terms import masked_mean, squared, unbiased
from dubito.nn.divergences import kl


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


LOGITS, REFERENCE = t(0.3, -1.0, 2.0, 0.0), t(1.0, 0.5, -0.5, 0.2).log_softmax(-1)


def test_by_hand() -> None:
    """Twice as likely: log 2 squared; 1/2 - 1 + log 2. Where both agree 0, everywhere else more."""
    l = t(math.log(2), 0, -3)  # noqa: E741
    assert squared(l).tolist() == pytest.approx([0.480453, 0, 9], abs=1e-6)
    assert unbiased(l).tolist() == pytest.approx([0.193147, 0, math.e**3 - 4], abs=1e-6)


def test_small_ratios_are_exact() -> None:
    """exp(-l) - 1 + l is l^2 / 2 there, which a plain difference would round to 0."""
    assert unbiased(t(1e-9)).item() == pytest.approx(0, abs=1e-16)
    assert unbiased(t(1e-5)).item() == pytest.approx(5e-11, rel=1e-3)


def mean_slope(term) -> torch.Tensor:
    """Of an estimator learnt through, over all four actions as the policy draws them."""
    logits = LOGITS.clone().requires_grad_()
    logp = logits.log_softmax(-1)
    (logp.detach().exp() * term(logp - REFERENCE)).sum().backward()
    assert logits.grad is not None
    return logits.grad


def test_value_of_one_and_slope_of_the_other_are_the_divergence() -> None:
    logits = LOGITS.clone().requires_grad_()
    logp = logits.log_softmax(-1)
    truth = kl(logp, REFERENCE)
    truth.backward()
    assert (logp.exp() * unbiased(logp - REFERENCE)).sum().item() == pytest.approx(truth.item())
    assert torch.allclose(mean_slope(squared) / 2, logits.grad)
    assert not torch.allclose(mean_slope(unbiased), logits.grad, atol=0.1)


def test_slope_is_twice_the_ratio_times_that_of_the_policy() -> None:
    logp = t(-0.5, -2.0).requires_grad_()
    squared(logp - t(-1, -1)).sum().backward()
    assert logp.grad is not None
    assert logp.grad.tolist() == [2 * 0.5, 2 * -1.0]


def test_masked_mean() -> None:
    """(1 + 2 + 4) / 3; with weights 1 and 10 (1 + 2 + 40) / 3; what is not kept may be infinite."""
    values, mask = t(1, 2, 4, math.inf).view(2, 2), t(1, 1, 1, 0).view(2, 2)
    assert masked_mean(values, mask).item() == pytest.approx(7 / 3)
    assert masked_mean(values, mask, t(1, 10)).item() == pytest.approx(43 / 3)
    assert masked_mean(values, torch.zeros(2, 2)).item() == 0
