"""Metrics: numbers by hand, second opinions, ties in any order, one class, bad input."""

import math
from itertools import permutations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from dubito.bench.metrics import (
    METRICS,
    Metric,
    accuracy,
    auprc,
    aurc,
    auroc,
    brier,
    calibration_error_squared,
    coverage_at_risk,
    ece,
    ece_debiased,
    equal_mass_bins,
    log_loss,
    prr,
    risk_coverage_curve,
    scored,
)

DOUBT = [1.0, 2.0, 3.0, 4.0]
WRONG = [0, 1, 0, 1]


def tied(seed: int, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 6, n).astype(float), rng.random(n) < 0.4


def test_numbers_by_hand() -> None:
    # pairs (wrong, right): 2>1, 2<3, 4>1, 4>3: 3 of 4
    assert auroc(DOUBT, WRONG) == 0.75
    # from the top: wrong at place 1 (1/1), at place 3 (2/3); mean 5/6
    assert auprc(DOUBT, WRONG) == pytest.approx(5 / 6)
    # risks of the k least doubtful: 0, 1/2, 1/3, 2/4
    curve = risk_coverage_curve(DOUBT, WRONG)
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(DOUBT, WRONG) == pytest.approx(1 / 3)
    # full: accuracies 1, 1/2, 2/3, 1/2, mean 2/3; oracle 1, 1, 2/3, 1/2, mean 19/24; random 1/2
    assert prr(DOUBT, WRONG) == pytest.approx((2 / 3 - 1 / 2) / (19 / 24 - 1 / 2))
    # half: keep 4 or 3: model (1/2 + 2/3) / 2, the oracle too
    assert prr(DOUBT, WRONG, max_rejection=0.5) == pytest.approx(1.0)
    # risk 0.35: 3 of 4 may be answered; risk 0.3: one
    assert coverage_at_risk(DOUBT, WRONG, risk=0.35) == 0.75
    assert coverage_at_risk(DOUBT, WRONG, risk=0.3) == 0.25


def test_confidence_numbers_by_hand() -> None:
    p, right = [0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1]
    # 0.04 + 0.36 + 0.36 + 0.04 = 0.8
    assert brier(p, right) == pytest.approx(0.2)
    # 0.8 * 0.4 * 0.4 * 0.8 = 0.1024
    assert log_loss(p, right) == pytest.approx(-math.log(0.1024) / 4)
    # two bins: 0.3 and 0.7, both with accuracy 1/2
    assert ece(p, right, bins=2) == pytest.approx(0.2)
    # 0.04 less 1/2 * 1/2 / (2 - 1)
    assert calibration_error_squared(p, right, bins=2) == pytest.approx(0.04 - 0.25)
    assert ece_debiased(p, right, bins=2) == 0.0
    assert accuracy(right) == 0.5


def test_bins_weigh_by_their_answers() -> None:
    # bins {0.2 x 6} with accuracy 1/2, {0.9 x 2} with accuracy 1: gaps 0.3 and 0.1
    p, right = [0.2] * 6 + [0.9] * 2, [1, 1, 1, 0, 0, 0, 1, 1]
    assert ece(p, right, bins=2) == pytest.approx((6 * 0.3 + 2 * 0.1) / 8)
    # 0.09 - 1/4 / 5 = 0.04 and 0.01 - 0
    assert calibration_error_squared(p, right, bins=2) == pytest.approx((6 * 0.04 + 2 * 0.01) / 8)


def test_debiased_by_hand_where_it_is_positive() -> None:
    # one bin of 4, mean confidence 0.95, accuracy 1/4: 0.49 less 3/16 / 3
    p, right = [0.95] * 4, [1, 0, 0, 0]
    assert ece_debiased(p, right) == pytest.approx(math.sqrt(0.49 - 1 / 16))


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_agrees_under_ties(seed: int) -> None:
    doubt, wrong = tied(seed)
    p = np.clip(doubt / 6, 0.05, 0.95)
    assert auroc(doubt, wrong) == pytest.approx(sklearn_metrics.roc_auc_score(wrong, doubt))
    assert auprc(doubt, wrong) == pytest.approx(
        sklearn_metrics.average_precision_score(wrong, doubt)
    )
    assert brier(p, wrong) == pytest.approx(sklearn_metrics.brier_score_loss(wrong, p))
    assert log_loss(p, wrong) == pytest.approx(sklearn_metrics.log_loss(wrong, p))


@pytest.mark.parametrize("metric", [aurc, prr])
def test_ties_are_the_mean_over_their_orders(metric: Metric) -> None:
    # doubts 0, 1, 1, 1, 2: every order of the tied three, told apart by a little
    wrong = np.array([0, 1, 0, 0, 1])
    orders = [
        metric([0, 1 + 0.1 * a, 1 + 0.1 * b, 1 + 0.1 * c, 2], wrong)
        for a, b, c in permutations(range(3))
    ]
    assert metric([0, 1, 1, 1, 2], wrong) == pytest.approx(np.mean(orders))


def test_answers_of_equal_doubt_stay_together() -> None:
    # below 1: one right answer; the tied pair would bring the risk to 1/3
    assert coverage_at_risk([0, 1, 1], [0, 0, 1], risk=0.1) == pytest.approx(1 / 3)
    assert coverage_at_risk([1, 1, 1], [0, 0, 1], risk=0.1) == 0.0
    # equal confidences are one bin though ten are asked for
    assert equal_mass_bins([0.3] * 5 + [0.9], [1] * 6).size.tolist() == [5, 1]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_order_of_rows_does_not_matter(metric: Metric) -> None:
    doubt, wrong = tied(7)
    values = doubt if metric.needs == "doubt" else doubt / 6
    order = np.random.default_rng(0).permutation(len(doubt))
    assert metric.function(values[order], wrong[order]) == pytest.approx(
        metric.function(values, wrong)
    )


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_stated_direction_is_true(metric: Metric) -> None:
    rng = np.random.default_rng(0)
    wrong = rng.random(300) < 0.4
    good, bad = (
        np.clip(wrong * s + (1 - s) / 2 + rng.normal(0, 0.1, 300), 0.01, 0.99) for s in (0.8, -0.8)
    )
    outcome = wrong  # for a confidence, the event that it speaks of
    better = metric.function(good, outcome) - metric.function(bad, outcome)
    assert better > 0 if metric.higher_is_better else better < 0


RANKINGS = [m for m in METRICS.values() if m.needs == "doubt"]


@pytest.mark.parametrize("metric", RANKINGS, ids=lambda m: m.label)
def test_a_doubt_is_judged_by_its_order_alone(metric: Metric) -> None:
    doubt, wrong = tied(3)
    assert metric.function(np.exp(doubt) - 7, wrong) == metric.function(doubt, wrong)


@pytest.mark.parametrize("wrong", [np.zeros(6, bool), np.ones(6, bool)], ids=["right", "wrong"])
def test_one_class_is_defined(wrong: np.ndarray) -> None:
    doubt = np.arange(6.0)
    assert math.isnan(auroc(doubt, wrong))
    assert math.isnan(prr(doubt, wrong))
    assert math.isnan(prr(doubt, wrong, max_rejection=0.5))
    assert aurc(doubt, wrong) == wrong[0]
    assert coverage_at_risk(doubt, wrong) == 1 - wrong[0]
    assert ece(np.full(6, 0.75), ~wrong) == pytest.approx(0.75 if wrong[0] else 0.25)
    assert auprc(doubt, wrong) == 1.0 if wrong[0] else math.isnan(auprc(doubt, wrong))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_no_answers_have_no_value(metric: Metric) -> None:
    assert math.isnan(metric.function([], []))


def test_an_oracle_and_a_constant() -> None:
    wrong = np.array([0, 0, 1, 0, 1, 1])
    for share in (0.5, 1.0):
        assert prr(wrong, wrong, max_rejection=share) == pytest.approx(1.0)
        assert prr(np.ones(6), wrong, max_rejection=share) == pytest.approx(0.0)
    assert auroc(np.ones(6), wrong) == auprc(np.ones(6), wrong) == aurc(np.ones(6), wrong) == 0.5
    assert math.isnan(prr([1, 2, 3], [0, 0, 1], max_rejection=0.5))  # one value: all are kept


def test_a_certain_error_costs_without_bound() -> None:
    assert log_loss([0.0, 0.5], [1, 1]) == math.inf
    assert log_loss([1.0, 0.0], [1, 0]) == 0.0


def test_lone_answers_are_left_out_of_the_debiased_error() -> None:
    # bins {0.3 x 4} and {0.9}: only the first has a variance; accuracy 1/2
    p, right = [0.3] * 4 + [0.9], [1, 1, 0, 0, 1]
    assert calibration_error_squared(p, right, bins=2) == pytest.approx(0.04 - 0.25 / 3)
    assert math.isnan(ece_debiased([0.3, 0.9], [1, 0], bins=2))


def test_unknown_doubts_are_counted() -> None:
    doubt, wrong, left_out = scored([1.0, math.nan, 3.0, math.inf], [0, 1, 1, 0])
    assert doubt.tolist() == [1.0, 3.0, math.inf]
    assert wrong.tolist() == [False, True, False]
    assert left_out == 1


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_bad_input_is_named(metric: Metric) -> None:
    with pytest.raises(ValueError, match="1 of 2 values are NaN"):
        metric.function([0.5, math.nan], [0, 1])
    with pytest.raises(ValueError, match="one label for each value"):
        metric.function([0.5, 0.5], [0])
    with pytest.raises(ValueError, match="true or false, got 2"):
        metric.function([0.5, 0.5], [0, 2])
    if metric.needs == "confidence":
        with pytest.raises(ValueError, match=r"got 1\.5"):
            metric.function([0.5, 1.5], [0, 1])


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="max_rejection"):
        prr(DOUBT, WRONG, max_rejection=0.0)
    with pytest.raises(ValueError, match="risk"):
        coverage_at_risk(DOUBT, WRONG, risk=1.5)
    with pytest.raises(ValueError, match="bin"):
        ece([0.5], [1], bins=0)
