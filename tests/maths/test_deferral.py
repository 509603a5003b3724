"""Curves of deferral: worked numbers, ends, oracle, random order, ties, thresholds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.maths.deferral import (
    area_under,
    deferral_curve,
    deferral_gain,
    shares_above,
    threshold_at_rate,
    threshold_within,
)

SMALL, LARGE = [1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]  # gains 0, 1, -1, 0


def test_a_curve_by_hand() -> None:
    """Gains 0, 1, -1, 0; by doubt 1, 4, 2, 3 they come as 1, 0, -1, 0: from 2/4 by quarters."""
    curve = deferral_curve([1, 4, 2, 3], SMALL, LARGE)
    assert curve.rate.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.quality.tolist() == [0.5, 0.75, 0.75, 0.5, 0.5]
    # (0.5 / 2 + 0.75 + 0.75 + 0.5 + 0.5 / 2) / 4 = 2.5 / 4, the chord lies at 0.5
    assert area_under(curve) == pytest.approx(0.625)
    assert deferral_gain([1, 4, 2, 3], SMALL, LARGE) == pytest.approx(0.125)


def test_against_deferring_one_by_one() -> None:
    rng = np.random.default_rng(0)
    doubt, small, large = rng.normal(size=(3, 30))
    quality = []
    for k in range(31):
        deferred = np.argsort(-doubt)[:k]
        mixed = small.copy()
        mixed[deferred] = large[deferred]
        quality.append(mixed.mean())
    curve = deferral_curve(doubt, small, large)
    assert curve.quality == pytest.approx(quality)
    assert area_under(curve) == pytest.approx(np.trapezoid(quality, np.arange(31) / 30))


@given(st.lists(st.tuples(*[st.floats(-5, 5)] * 3), min_size=1, max_size=30))
def test_ends_are_the_means_and_no_order_beats_the_oracle(rows: list) -> None:
    doubt, small, large = np.array(rows).T
    curve = deferral_curve(doubt, small, large)
    assert curve.quality[[0, -1]] == pytest.approx([small.mean(), large.mean()])
    oracle = deferral_curve(large - small, small, large)
    assert (curve.quality <= oracle.quality + 1e-9).all()
    worst = deferral_curve(small - large, small, large)
    assert (curve.quality >= worst.quality - 1e-9).all()


def test_the_true_gap_is_the_oracle_and_reversed_it_loses_as_much() -> None:
    gap = np.array(LARGE) - np.array(SMALL)
    assert deferral_curve(gap, SMALL, LARGE).quality.tolist() == [0.5, 0.75, 0.75, 0.75, 0.5]
    assert deferral_gain(-gap, SMALL, LARGE) == -deferral_gain(gap, SMALL, LARGE)


def test_constant_doubt_gains_nothing_which_is_the_mean_over_all_orders() -> None:
    assert deferral_gain([7] * 4, SMALL, LARGE) == 0
    assert deferral_gain([7] * 4, [0] * 4, [1, 1, 1, 0]) == 0
    orders = [deferral_curve(o, SMALL, LARGE).quality for o in itertools.permutations(range(4))]
    got = deferral_curve([0] * 4, SMALL, LARGE).quality
    assert got == pytest.approx(np.mean(orders, axis=0))
    # two tied groups: only orders that keep the groups apart
    kept = [o for o in itertools.permutations(range(4)) if max(o[0], o[1]) < min(o[2], o[3])]
    some = [deferral_curve(o, SMALL, LARGE).quality for o in kept]
    got = deferral_curve([1, 1, 2, 2], SMALL, LARGE).quality
    assert got == pytest.approx(np.mean(some, axis=0))


def test_any_rising_map_of_the_doubt_gives_the_same_curve() -> None:
    rng = np.random.default_rng(1)
    doubt, small, large = rng.normal(size=(3, 20))
    same = deferral_curve(np.exp(3 * doubt), small, large)
    assert same.quality == pytest.approx(deferral_curve(doubt, small, large).quality)
    infinite = np.where(doubt == doubt.max(), math.inf, doubt)
    got = deferral_curve(infinite, small, large).quality
    assert got == pytest.approx(deferral_curve(doubt, small, large).quality)


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [
        (0, 4),  # nothing lies above 4
        (0.25, 3),
        (0.5, 2),
        (1, -math.inf),
        (0.3, 3),  # 1/4 is nearer than 2/4
        (0.375, 3),  # 1/4 and 2/4 are as near: the smaller share
    ],
)
def test_thresholds_of_four_doubts(rate: float, threshold: float) -> None:
    assert threshold_at_rate([3, 1, 4, 2], rate) == threshold


def test_shares_as_near_are_so_whatever_the_last_digit() -> None:
    """1/4 lies between 1/6 and 2/6; in floating point 2/6 seems nearer."""
    assert threshold_at_rate([1, 2, 3, 4, 5, 6], 0.25) == 5


def test_equal_doubts_are_helped_together() -> None:
    """Shares above -inf, 0, 1 of 0, 0, 0, 1: 1, 1/4, 0."""
    tied = [0, 0, 1, 0]
    assert [threshold_at_rate(tied, r) for r in (0.1, 0.5, 0.62, 0.63)] == [1, 0, 0, -math.inf]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_the_share_is_the_nearest_there_is_and_more_rate_never_helps_less(doubt: list) -> None:
    d = np.array(doubt, dtype=float)
    possible = shares_above(d)[1]
    got = [float((d > threshold_at_rate(d, r)).mean()) for r in np.linspace(0, 1, 21)]
    for rate, share in zip(np.linspace(0, 1, 21), got, strict=True):
        assert abs(share - rate) == pytest.approx(np.abs(possible - rate).min())
    assert got == sorted(got)


def test_the_least_help_within_a_tolerance() -> None:
    """Helping always gives 2/4. Above 2: cases 1 and 3, 3/4; above 4: none, 2/4; both will do."""
    doubt = [1, 4, 2, 3]
    assert threshold_within(doubt, SMALL, LARGE, tolerance=0) == 4
    # alone 0 each, helped 1 each: each case that is not helped costs a quarter
    alone, helped = [0] * 4, [1] * 4
    for tolerance, threshold in ((0, -math.inf), (0.25, 1), (0.49, 1), (0.5, 2), (1, 4)):
        assert threshold_within(doubt, alone, helped, tolerance=tolerance) == threshold


@pytest.mark.parametrize(
    ("doubt", "alone", "helped", "said"),
    [
        ([], [], [], "N >= 1"),
        ([1, 2], [1], [1], "shapes"),
        ([[1]], [[1]], [[1]], "shapes"),
        ([math.nan, 1], [1, 1], [1, math.nan], "2 NaN"),
    ],
)
def test_bad_columns(doubt: list, alone: list, helped: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        deferral_curve(doubt, alone, helped)
    with pytest.raises(ValueError, match=said):
        threshold_within(doubt, alone, helped, tolerance=0)


def test_bad_options() -> None:
    with pytest.raises(ValueError, match="rate"):
        threshold_at_rate([1], 1.5)
    with pytest.raises(ValueError, match="rate"):
        threshold_at_rate([1], math.nan)
    with pytest.raises(ValueError, match="tolerance"):
        threshold_within([1], [1], [1], tolerance=-0.1)
    with pytest.raises(ValueError, match="NaN"):
        threshold_at_rate([math.nan], 0.5)
