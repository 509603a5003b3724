"""Coverage of the conformal quantile and of the binomial bound, counted against the exact law."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.bench.metrics import calibration_error_squared, ece
from dubito.maths.quantiles import binomial_upper, conformal_quantile


@pytest.mark.parametrize("n", [19, 25])
def test_coverage_is_exact(n: int) -> None:
    """Exchangeable continuous scores: coverage is ceil((n + 1)(1 - a)) / (n + 1)."""
    alpha, draws = 0.1, 8000
    score = np.random.default_rng(0).random((draws, n + 1))
    covered = (score[:, n] <= conformal_quantile(score[:, :n], alpha)).mean()
    exact = math.ceil((n + 1) * 9 / 10) / (n + 1)
    assert abs(covered - exact) < 5 * math.sqrt(exact * (1 - exact) / draws)


def test_binomial_bound_covers_as_often_as_the_binomial_law_says() -> None:
    n, p, draws = 40, 0.2, 20000
    events = np.random.default_rng(0).binomial(n, p, draws)
    covered = (binomial_upper(events, n, 0.95) >= p).mean()
    # it misses exactly when P(X <= events) < 0.05
    law = stats.binom(n, p)
    exact = 1 - sum(law.pmf(k) for k in range(n + 1) if law.cdf(k) < 0.05)
    assert exact >= 0.95
    assert abs(covered - exact) < 5 * math.sqrt(exact * (1 - exact) / draws)


def test_debiased_calibration_error_has_the_true_mean() -> None:
    """Confidence 0.3 or 0.8 where the truth is 0.4 or 0.75: squared error (0.01 + 0.0025) / 2."""
    rng = np.random.default_rng(0)
    p, truth = np.repeat([0.3, 0.8], 20), np.repeat([0.4, 0.75], 20)
    right = rng.random((4000, 40)) < truth
    values = np.array([calibration_error_squared(p, y, bins=2) for y in right])
    assert abs(values.mean() - 0.00625) < 5 * values.std() / math.sqrt(4000)
    # the plain one is not: the mean gap is 0.075
    assert np.mean([ece(p, y, bins=2) for y in right[:500]]) > 0.085
