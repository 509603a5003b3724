"""The row ua-rlhf: weights of the KL term, and the policies that they lead to."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from dubito.align.kl_terms import masked_mean, squared
from dubito.align.reliable_policy import variance_aware_policy, variance_aware_step
from dubito.align.variance_weights import VarianceWeights
from dubito.maths.entropy import kl, log_normalise
from dubito.nn.tabular_policy import Training, above_group


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


R, V = np.array([1.0, -0.5, 0.3, 2.0]), np.array([0.2, 1.0, 3.0, 0.7])
REFERENCE = log_normalise([0.1, 1.2, -0.7, 0.4])


def test_weights_by_hand() -> None:
    """Variances 1 and 3: by 2. Then 8: by 12 / 3. Held in [0.1, 10]: 0 by 1 and 99 by 25."""
    weights = VarianceWeights()
    assert weights(t(1, 3)).tolist() == [0.5, 1.5]
    assert weights(t(8)).tolist() == [2]
    assert VarianceWeights()(t(0, 1, 0, 99)).tolist() == [0.1, 0.1, 0.1, 3.96]
    assert VarianceWeights(high=2)(t(0, 0, 0, 100)).tolist() == [0.1, 0.1, 0.1, 2]


def test_weights_do_not_know_the_scale_and_have_no_slope() -> None:
    variance = t(0.3, 2, 1.1).requires_grad_()
    a, b = VarianceWeights()(variance), VarianceWeights()(1e6 * variance)
    assert torch.allclose(a, b)
    assert not a.requires_grad
    assert VarianceWeights()(t(0, 0)).tolist() == [1, 1]


def test_as_a_loss_term() -> None:
    """Weights 1/2 and 3/2 on log-ratios 1, 2 and 3 (one not kept): (1/2 + 4/2 + 27/2) / 3."""
    l, mask = t(1, 2, 3, 9).view(2, 2), t(1, 1, 1, 0).view(2, 2)  # noqa: E741
    weight = VarianceWeights()(t(1, 3))
    assert masked_mean(squared(l), mask, weight).item() == pytest.approx(16 / 3)


def objective(p: np.ndarray, variances: np.ndarray, beta: float) -> float:
    """Mean reward less beta times the weighed divergence, each part of it at least 0."""
    gap = p * (np.log(p) - REFERENCE) - p + np.exp(REFERENCE)
    return float(p @ R - beta * variances @ gap)


def test_no_policy_does_better() -> None:
    """A second opinion: scipy's optimum over the simplex."""
    for beta in (0.3, 2.0):
        moved = variance_aware_policy(R, V, REFERENCE, beta=beta)
        found = minimize(
            lambda z, beta=beta: -objective(np.exp(log_normalise(z)), V, beta),
            np.zeros(4),
            options={"gtol": 1e-9},
        )
        np.testing.assert_allclose(np.exp(moved.logp), np.exp(log_normalise(found.x)), atol=1e-5)
        assert moved.divergence == pytest.approx(float(kl(moved.logp, REFERENCE)))


def test_equal_variances_are_the_usual_tilted_policy() -> None:
    moved = variance_aware_policy(R, np.full(4, 0.5), REFERENCE, beta=3.0)
    np.testing.assert_allclose(moved.logp, log_normalise(REFERENCE + R / 1.5), atol=1e-12)


def test_an_infinite_variance_stays_where_it_was() -> None:
    """Exactly, while the rest shares what it had. One without noise takes all that others give.

    Its reward is then the level: the others keep exp(reward - 2) of what they had.
    """
    v = np.array([1.0, np.inf, 1.0, 1.0])
    moved = variance_aware_policy(R, v, REFERENCE, beta=1.0)
    assert moved.logp[1] == pytest.approx(REFERENCE[1], abs=1e-12)
    rest = [0, 2, 3]
    share = np.exp(REFERENCE[rest]).sum()
    tilted = log_normalise((REFERENCE + R)[rest]) + math.log(share)
    np.testing.assert_allclose(moved.logp[rest], tilted, atol=1e-9)
    best = variance_aware_policy(R, np.array([1, 1, 1, 1e-9]), REFERENCE, beta=1.0)
    np.testing.assert_allclose(best.logp[:3], (REFERENCE + R - 2)[:3], atol=1e-6)


def test_shifts_and_rows() -> None:
    one = variance_aware_policy(R, V, REFERENCE, beta=0.7)
    np.testing.assert_allclose(
        variance_aware_policy(R + 40, V, REFERENCE, beta=0.7).logp, one.logp, atol=1e-9
    )
    beta = np.array([0.7, 5.0])
    two = variance_aware_policy(np.stack([R, R]), V, REFERENCE, beta=beta)
    np.testing.assert_allclose(two.logp[0], one.logp, atol=1e-12)
    assert two.divergence[1] < two.divergence[0]


def test_card_step() -> None:
    """Rewards 1, 0, -1, variances 1, 1, 4: level (1 - 1/4) / (9/4) = 1/3; (2/3, -1/3, -1/3)."""
    step = variance_aware_step([1, 0, -1], [1, 1, 4])
    np.testing.assert_allclose(step, np.array([2, -1, -1]) / math.sqrt(6), atol=1e-12)
    np.testing.assert_allclose(variance_aware_step([3, 1], [1, 50]), [0.5**0.5, -(0.5**0.5)])
    np.testing.assert_allclose(
        variance_aware_step(R, np.full(4, 2.0)), (R - R.mean()) / np.linalg.norm(R - R.mean())
    )
    assert not variance_aware_step([1, 1], [1, 2]).any()


def test_small_steps_are_those_of_the_policy() -> None:
    """Large beta: the policy's step is the reference times (reward - level) / variance.

    With a uniform reference that is the direction within the ellipsoid.
    """
    uniform = np.full(4, -math.log(4))
    moved = variance_aware_policy(R, V, uniform, beta=1e5)
    step = np.exp(moved.logp) - 0.25
    np.testing.assert_allclose(step / np.linalg.norm(step), variance_aware_step(R, V), atol=1e-4)


def test_trained_by_policy_gradients_it_ends_there() -> None:
    """Advantages of the mean reward and the weighed squared log-ratio, halved: the closed form.

    The term is taken over all actions as the policy draws them, without the draws' noise.
    """
    beta, reward = 1.0, torch.from_numpy(R)
    start = torch.from_numpy(REFERENCE)[None, None]  # [N = 1, T = 1, A]
    weight = VarianceWeights()(torch.from_numpy(V))

    def term(logits: torch.Tensor) -> torch.Tensor:
        logp = logits.log_softmax(-1)
        rows = (logp - start)[0, 0][:, None]  # [A, 1]
        drawn = weight * len(R) * logp.detach().exp()[0, 0]
        return beta / 2 * masked_mean(squared(rows), torch.ones_like(rows), drawn)

    def optimiser(tables: list[torch.Tensor]) -> torch.optim.Optimizer:
        return torch.optim.SGD(tables, lr=0.3)

    training = Training(steps=600, group=512, optimiser=optimiser)
    table = training.run(
        start, lambda a: reward[a[..., 0]], lambda r, _: above_group(r), 0, term=term
    )
    expected = variance_aware_policy(R, weight.numpy(), REFERENCE, beta=beta).logp
    got = table.log_softmax(-1)[0, 0].exp().numpy()
    np.testing.assert_allclose(got, np.exp(expected), atol=0.02)
    plain = variance_aware_policy(R, np.ones(4), REFERENCE, beta=beta).logp
    assert np.abs(np.exp(plain) - np.exp(expected)).max() > 0.1


def test_refusals() -> None:
    with pytest.raises(ValueError, match="low <= 1 <= high"):
        VarianceWeights(low=2)
    with pytest.raises(ValueError, match="variances and beta"):
        variance_aware_policy(R, 0 * V, REFERENCE, beta=1.0)
    with pytest.raises(ValueError, match="variances and beta"):
        variance_aware_policy(R, V, REFERENCE, beta=-1.0)
    with pytest.raises(ValueError, match="sums to 1"):
        variance_aware_policy(R, V, REFERENCE + 1, beta=1.0)
    with pytest.raises(ValueError, match="above 0"):
        variance_aware_step(R, -V)
