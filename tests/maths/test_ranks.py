"""Midranks and Spearman's correlation: by hand, and against scipy with ties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dubito.maths.ranks import midranks, spearman

TIED = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=20)


def test_midranks_by_hand() -> None:
    # 2, 2 share ranks 2 and 3
    assert midranks([5.0, 2.0, 2.0, -1.0]).tolist() == [4.0, 2.5, 2.5, 1.0]
    assert midranks([math.inf, 0.0, -math.inf]).tolist() == [3.0, 2.0, 1.0]
    assert midranks([]).tolist() == []


@given(TIED)
def test_midranks_agree_with_scipy(values: list[float]) -> None:
    assert midranks(values).tolist() == stats.rankdata(values).tolist()


def test_spearman_agrees_with_scipy_under_ties() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 50), rng.integers(0, 4, 50)
    assert spearman(a, b) == pytest.approx(float(stats.spearmanr(a, b).statistic))


def test_spearman_sees_only_order() -> None:
    a = np.array([0.1, 3.0, 2.0, 7.0])
    assert spearman(a, np.exp(a)) == pytest.approx(1.0)
    assert spearman(a, -(a**3)) == pytest.approx(-1.0)


@pytest.mark.parametrize("pair", [([1.0, 1.0], [1.0, 2.0]), ([1.0], [2.0]), ([], [])])
def test_nothing_ordered_is_unknown(pair: tuple[list[float], list[float]]) -> None:
    assert math.isnan(spearman(*pair))


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="1 NaN"):
        midranks([1.0, math.nan])
    with pytest.raises(ValueError, match="2 and 3"):
        spearman([1.0, 2.0], [1.0, 2.0, 3.0])
