"""The conformal rank and the binomial bound: by hand, limits, and against scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.maths.quantiles import allowed_errors, binomial_upper, conformal_quantile


@pytest.mark.parametrize(
    ("n", "alpha", "rank"),
    [
        (9, 0.1, 9),  # 10 * 0.9
        (9, 0.5, 5),
        (10, 0.5, 6),  # 5.5 up
        (9, 0.7, 3),  # 10 * 0.3, which is a little above 3 in floating point
        (19, 0.1, 18),
        (99, 0.05, 95),
    ],
)
def test_conformal_rank(n: int, alpha: float, rank: int) -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    assert conformal_quantile(scores, alpha) == rank


def test_too_few_scores_have_no_finite_quantile() -> None:
    assert conformal_quantile(np.arange(8.0), 0.1) == math.inf  # ceil(9 * 0.9) = 9 > 8
    assert conformal_quantile(np.zeros((3, 0)), 0.1).tolist() == [math.inf] * 3


def test_conformal_quantile_of_each_row() -> None:
    scores = np.array([[3.0, 1.0, 2.0], [9.0, 7.0, 8.0]])
    assert conformal_quantile(scores, 0.5).tolist() == [2.0, 8.0]


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
@pytest.mark.parametrize(("events", "n"), [(0, 1), (0, 29), (3, 10), (9, 10), (250, 1000)])
def test_binomial_upper_is_clopper_pearsons(events: int, n: int, confidence: float) -> None:
    exact = stats.binomtest(events, n, alternative="less").proportion_ci(confidence).high
    assert binomial_upper(events, n, confidence) == pytest.approx(exact)


def test_binomial_upper_by_hand() -> None:
    # none among n: the p with (1 - p)^n = 1 - confidence; n = 2, 0.75: 1 - p = 1/2
    assert binomial_upper(0, 2, 0.75) == pytest.approx(0.5)
    assert binomial_upper([0, 3, 2], [0, 3, 2], 0.9).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_levels_are_checked(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        conformal_quantile([1.0], alpha)
    with pytest.raises(ValueError, match="confidence"):
        binomial_upper(1, 2, alpha)


def test_bad_counts_and_scores_are_named() -> None:
    with pytest.raises(ValueError, match="NaN"):
        conformal_quantile([1.0, math.nan], 0.1)
    with pytest.raises(ValueError, match="3 of 2"):
        binomial_upper(3, 2, 0.9)
    with pytest.raises(ValueError, match="-1 of 2"):
        binomial_upper(-1, 2, 0.9)


@pytest.mark.parametrize(
    ("n", "risk", "delta", "most"),
    [
        (100, 0.1, 0.1, 5),
        (1000, 0.1, 0.05, 84),
        (1000, 0.1, 1e-5, 61),
        (22, 0.1, 0.1, 0),  # 0.9^22 = 0.0985
        (21, 0.1, 0.1, -1),  # 0.9^21 = 0.1094
        (29, 0.1, 0.05, 0),
        (28, 0.1, 0.05, -1),
        (2, 0.5, 0.25, 0),  # exactly 1/4 will do
        (2, 0.5, 0.75, 1),
        (0, 0.1, 0.1, -1),
    ],
)
def test_allowed_errors(n: int, risk: float, delta: float, most: int) -> None:
    assert allowed_errors(n, risk, delta) == most
    assert stats.binom.cdf(most, n, risk) <= delta < stats.binom.cdf(most + 1, n, risk)


@pytest.mark.parametrize(("n", "delta"), [(50, 0.05), (100, 0.1), (333, 0.01)])
def test_allowed_errors_are_those_whose_upper_bound_is_the_risk(n: int, delta: float) -> None:
    """The binomial law and Clopper-Pearson's bound are the same test, read from two sides."""
    most = allowed_errors(n, 0.1, delta)
    assert binomial_upper(most, n, 1 - delta) <= 0.1 < binomial_upper(most + 1, n, 1 - delta)


@pytest.mark.parametrize(("n", "risk", "delta"), [(-1, 0.1, 0.1), (9, 0.0, 0.1), (9, 0.1, 1.0)])
def test_allowed_errors_checks_its_input(n: int, risk: float, delta: float) -> None:
    with pytest.raises(ValueError, match=f"got {n}, {risk} and {delta}"):
        allowed_errors(n, risk, delta)
