"""Logistic regression: closed form, conditions of the optimum, scikit-learn, odd columns."""

import math

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from dubito.maths.logistic import fit_logistic


def data(seed: int = 0, n: int = 60, m: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, m)), rng.uniform(0.05, 0.95, size=n)


def test_two_points_are_met_exactly() -> None:
    # logit 3/4 = log 3 at x = 1, logit 1/4 = -log 3 at x = -1
    (weight,), intercept = fit_logistic(np.array([[1.0], [-1.0]]), np.array([0.75, 0.25]))
    assert weight == pytest.approx(math.log(3))
    assert intercept == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("l2", [0.0, 0.3, 10.0, 1e5])
def test_the_gradient_vanishes(l2: float) -> None:
    x, t = data()
    weights, intercept = fit_logistic(x, t, l2=l2)
    residual = expit(x @ weights + intercept) - t
    assert np.abs(x.T @ residual + l2 * weights).max() < 1e-7
    assert abs(residual.sum()) < 1e-7


def test_agrees_with_scikit_learn() -> None:
    # a soft target t is a row of class 1 with weight t and one of class 0 with weight 1 - t
    x, t = data(1)
    model = LogisticRegression(C=1 / 0.7, tol=1e-10, max_iter=1000)
    model.fit(np.vstack([x, x]), np.repeat([1, 0], len(t)), sample_weight=np.append(t, 1 - t))
    weights, intercept = fit_logistic(x, t, l2=0.7)
    assert weights == pytest.approx(model.coef_[0], abs=1e-5)
    assert intercept == pytest.approx(model.intercept_[0], abs=1e-5)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_heavy_tails_are_reached(scale: float) -> None:
    # rare class, far outliers: without the halving Newton's steps run away here
    rng = np.random.default_rng(20)
    x = scale * rng.standard_cauchy((8, 3))
    t = np.where(rng.random(8) < 0.1, 1e-4, 1 - 1e-4)
    weights, intercept = fit_logistic(x, t)
    residual = expit(x @ weights + intercept) - t
    assert np.abs(x.T @ residual).max() < 1e-6 * np.abs(x).max()


def test_constant_and_repeated_columns() -> None:
    x, t = data(m=1)
    (alone,), intercept = fit_logistic(x, t)
    weights, same = fit_logistic(np.column_stack([x, x, np.zeros(len(t))]), t)
    assert weights == pytest.approx([alone / 2, alone / 2, 0], abs=1e-9)
    assert same == pytest.approx(intercept)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="inside"):
        fit_logistic(np.ones((2, 1)), np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="at least one target"):
        fit_logistic(np.ones((0, 1)), np.ones(0))
    with pytest.raises(ValueError, match="finite"):
        fit_logistic(np.array([[np.nan]]), np.array([0.5]))
