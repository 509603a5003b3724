"""The conformal rank and the binomial bound: by hand, limits, and against scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.maths.quantiles import binomial_upper, conformal_quantile


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
