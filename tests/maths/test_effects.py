"""Effects in a sample: scipy's tests, and numbers by hand."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr, ttest_1samp, wilcoxon

from dubito.maths.effects import (
    effect,
    fisher_z,
    mean_correlation,
    outside,
    paired_difference,
    rank_correlations,
)

VALUES = np.array([1.0, 2.0, 3.0, 6.0])


def test_by_hand() -> None:
    """Mean 3, deviation sqrt(14 / 3) = 2.160, t of three degrees 3.182, half 3.437."""
    got = effect(VALUES)
    assert got.mean == 3
    assert got.size == pytest.approx(3 / math.sqrt(14 / 3))
    assert (got.low, got.high) == pytest.approx((3 - 3.437, 3 + 3.437), abs=1e-3)
    assert got.share == 1
    assert not got.present  # the interval holds 0
    assert effect([-1.0, 0.0, 4.0]).share == pytest.approx(1 / 3)


def test_scipy_agrees() -> None:
    x = np.random.default_rng(0).normal(0.5, size=20)
    got, theirs = effect(x), ttest_1samp(x, 0)
    assert got.p == pytest.approx(theirs.pvalue)
    assert (got.low, got.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    assert got.p_ranks == wilcoxon(x).pvalue
    assert effect(-x).p == pytest.approx(got.p)


def test_present_needs_an_interval_and_a_size() -> None:
    many = np.tile([1.1, -0.9], 500)  # 0.1 of a deviation of 1
    assert effect(many).low > 0
    assert not effect(many).present
    assert effect(many + 0.2).present
    assert effect(-many - 0.2).present


def test_equal_individuals() -> None:
    assert effect([0.5, 0.5, 0.5]).size == math.inf
    assert effect([-0.5, -0.5]).size == -math.inf
    assert effect([0.5, 0.5]).p == 0
    nothing = effect([0.0, 0.0])
    assert (nothing.size, nothing.p, nothing.p_ranks) == (0, 1, 1)
    assert not nothing.present


def test_differences_and_correlations() -> None:
    assert paired_difference([[3.0, 1.0], [0.0, 0.0]], [[1.0, 2.0], [1.0, 0.0]]).tolist() == [
        0.5,
        -0.5,
    ]
    scores = np.random.default_rng(1).normal(size=(3, 8))
    rating = np.arange(8)
    expected = [spearmanr(row, rating).statistic for row in scores]
    assert rank_correlations(scores, rating) == pytest.approx(expected)


def test_mean_of_correlations_is_taken_in_z() -> None:
    """artanh 0 and artanh 0.8 = 1.0986: tanh 0.5493 = 1/2."""
    assert mean_correlation([0.0, 0.8]) == pytest.approx(0.5)
    assert fisher_z([1.0])[0] == pytest.approx(np.arctanh(1 - 1e-7))
    assert mean_correlation([1.0, -1.0]) == pytest.approx(0, abs=1e-9)


def test_outside() -> None:
    values = np.arange(101.0)  # the central 95% is 2.5 .. 97.5
    assert [outside(v, values) for v in (2.4, 2.6, 97.4, 97.6)] == [True, False, False, True]
    assert outside(20.0, values, level=0.5)


def test_refusals() -> None:
    for values in ([1.0], [1.0, math.nan], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="two finite values"):
            effect(values)
    with pytest.raises(ValueError, match="of one shape"):
        paired_difference([[1.0]], [[1.0, 2.0]])
