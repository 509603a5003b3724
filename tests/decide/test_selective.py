"""The threshold of risk control: numbers by hand, ties, missing doubts, too few labels."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from dubito.decide import METHODS, RiskControl


def test_fewest_labels_by_hand() -> None:
    # 0.9^28 = 0.0523 > 0.05 >= 0.9^29 = 0.0471
    assert RiskControl().fit(np.arange(28.0), np.zeros(28)).threshold_ == -math.inf
    assert RiskControl().fit(np.arange(29.0), np.zeros(29)).threshold_ == math.inf


def test_ranks_by_hand() -> None:
    # level 0.05 / 3: log(1/60) / log(0.9) = 38.9; then half-way to 101 and all
    assert RiskControl(levels=3).ranks(101) == [39, 70, 101]
    # 45: three levels need 39; 38: two levels (0.025) need 36; 30: one needs 29
    assert RiskControl(levels=3).ranks(38) == [36, 38]
    assert RiskControl(levels=3).ranks(30) == [30]
    assert RiskControl(levels=3).ranks(28) == []


def test_the_largest_threshold_that_passes() -> None:
    # risk 0.2, 90 % at two levels: 0.05 each, at ranks 14 (0.8^14 = 0.044) and 40
    doubt, wrong = np.arange(40.0), np.zeros(40)
    wrong[-6:] = 1  # 6 of 40: bound 0.27; the first 14: none wrong
    control = RiskControl(risk=0.2, confidence=0.9, levels=2).fit(doubt, wrong)
    assert control.threshold_ == 14.0
    assert (control.n_answered_, control.n_wrong_) == (14, 0)
    assert control.bound_ == pytest.approx(1 - 0.05 ** (1 / 14))
    assert control.predict([13.9, 14.0, math.nan, -math.inf]).tolist() == [True, False, False, True]
    # with 3 of 40 wrong the bound is 0.18: all may be answered
    wrong[:-3] = 0
    everything = RiskControl(risk=0.2, confidence=0.9, levels=2).fit(doubt, wrong)
    assert everything.bound_ == pytest.approx(
        stats.binomtest(3, 40, alternative="less").proportion_ci(0.95).high
    )
    assert everything.threshold_ == math.inf
    assert everything.predict([1e9, math.nan]).tolist() == [True, False]


def test_equal_doubts_are_refused_together() -> None:
    # rank 14 falls among the tied 10.0: only the 10 below are answered, too few for the bound
    doubt = np.concatenate([np.arange(10.0), np.full(20, 10.0), np.full(10, 99.0)])
    wrong = np.concatenate([np.zeros(30), np.ones(10)])
    control = RiskControl(risk=0.2, confidence=0.9, levels=2).fit(doubt, wrong)
    assert control.threshold_ == -math.inf
    assert math.isnan(control.bound_)


@pytest.mark.parametrize("n", [0, 500])
def test_nothing_qualifies_without_labels_or_without_right_answers(n: int) -> None:
    control = RiskControl().fit(np.arange(float(n)), np.ones(n))
    assert control.threshold_ == -math.inf
    assert not control.predict([-1e9, -math.inf, 0.0]).any()


def test_unknown_doubts_are_counted_and_change_nothing() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.random(300)
    wrong = rng.random(300) < 0.5 * doubt**2
    plain = RiskControl().fit(doubt, wrong)
    holes = RiskControl().fit(np.append(doubt, [math.nan] * 9), np.append(wrong, np.ones(9)))
    assert holes.threshold_ == plain.threshold_ > 0
    assert (holes.n_left_out_, plain.n_left_out_) == (9, 0)


def test_rows_in_any_order_and_a_rescaled_doubt_decide_alike() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.random(300).round(1)
    wrong = rng.random(300) < 0.3 * doubt
    plain = RiskControl().fit(doubt, wrong).predict(doubt)
    assert 0 < plain.sum() < 300
    order = rng.permutation(300)
    assert np.array_equal(RiskControl().fit(doubt[order], wrong[order]).predict(doubt), plain)
    assert np.array_equal(RiskControl().fit(9 * doubt - 4, wrong).predict(9 * doubt - 4), plain)


@pytest.mark.parametrize("n_wrong", [0, 30, 300])
def test_saved_numbers_decide_alike(n_wrong: int) -> None:
    doubt = np.arange(300.0)
    control = RiskControl(risk=0.05).fit(doubt, doubt >= 300 - n_wrong)
    loaded = RiskControl.from_json(json.loads(json.dumps(control.to_json(), allow_nan=False)))
    assert loaded.threshold_ == control.threshold_
    assert (loaded.risk, loaded.confidence) == (0.05, 0.95)


@pytest.mark.parametrize("option", [{"risk": 0.0}, {"confidence": 1.0}, {"levels": 0}])
def test_options_are_checked(option: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        RiskControl(**option)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="one label for each doubt"):
        RiskControl().fit([1.0, 2.0], [0])
    with pytest.raises(ValueError, match="got 2"):
        RiskControl().fit([1.0], [2])


def test_the_table_makes_it() -> None:
    row = next(method for method in METHODS if method.id == "risk-control")
    assert row.make().fit(np.arange(29.0), np.zeros(29)).predict([3.0]).all()
