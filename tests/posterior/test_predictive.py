import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.maths.information import ensemble_information
from dubito.posterior.predictive import predictive_classes, predictive_values


def log_probabilities(seed: int, *shape: int) -> np.ndarray:
    p = np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1])
    return np.log(p)


def test_classes_by_hand() -> None:
    """Sure of a and sure of b: mean (1/2, 1/2), nothing aleatoric, log 2 in dispute."""
    with np.errstate(divide="ignore"):
        logp = np.log([[[1.0, 0.0]], [[0.0, 1.0]]])  # [2, 1, 2]
    got = predictive_classes(logp)
    assert np.exp(got.mean).tolist() == [[0.5, 0.5]]
    assert got.aleatoric.tolist() == [0.0]
    assert got.epistemic == pytest.approx([math.log(2)])


def test_members_that_agree_leave_only_the_data() -> None:
    one = log_probabilities(0, 1, 4, 3)
    got = predictive_classes(np.repeat(one, 5, axis=0))
    np.testing.assert_allclose(got.mean, one[0], atol=1e-12)
    np.testing.assert_allclose(got.epistemic, 0, atol=1e-12)
    np.testing.assert_allclose(got.aleatoric, -(np.exp(one[0]) * one[0]).sum(axis=-1))


def test_any_shape_between_samples_and_classes() -> None:
    """Tokens: [S, B, T, V] -> [B, T]."""
    logp = log_probabilities(1, 4, 2, 3, 5)
    got = predictive_classes(logp)
    assert got.mean.shape == (2, 3, 5)
    assert got.total.shape == (2, 3)
    np.testing.assert_allclose(got.epistemic, ensemble_information(np.exp(logp)))
    entropy = -(np.exp(got.mean) * got.mean).sum(axis=-1)
    np.testing.assert_allclose(got.total, entropy)
    turned = predictive_classes(logp[::-1])
    np.testing.assert_allclose(turned.epistemic, got.epistemic)


def test_values_by_hand() -> None:
    """Means 0 and 4, variances 1 and 3: mean 2, 2 of the data, 4 of the models."""
    got = predictive_values([[0.0], [4.0]], [[1.0], [3.0]])
    assert (got.mean, got.aleatoric, got.epistemic, got.total) == ([2.0], [2.0], [4.0], [6.0])


@given(st.integers(0, 1000))
def test_total_variance_is_that_of_the_mixture(seed: int) -> None:
    """Counted on two Gaussians: E y^2 - (E y)^2."""
    rng = np.random.default_rng(seed)
    mean, variance = rng.normal(size=(3, 2)), rng.uniform(0, 2, size=(3, 2))
    got = predictive_values(mean, variance)
    second = (variance + mean**2).mean(axis=0)
    np.testing.assert_allclose(got.total, second - got.mean**2, atol=1e-9)


def test_unknown_noise_is_not_zero() -> None:
    got = predictive_values([[0.0], [4.0]])
    assert np.isnan(got.aleatoric).all()
    assert got.epistemic == [4.0]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="NaN among"):
        predictive_classes([[[math.nan, 0.0]]])
    with pytest.raises(ValueError, match="none NaN"):
        predictive_values([[math.nan]])
    with pytest.raises(ValueError, match="at least one sample"):
        predictive_values(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="variances >= 0"):
        predictive_values([[0.0]], [[-1.0]])
    with pytest.raises(ValueError, match="variances >= 0"):
        predictive_values([[0.0], [1.0]], [[1.0]])
