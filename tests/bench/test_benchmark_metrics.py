"""Metrics of the benchmarks: the cards' numbers by hand, second opinions, limits, bad input."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from dubito.bench.metrics import auroc, brier, ece
from dubito.bench.metrics.answer_sets import (
    auroc_by_group,
    first_is_right,
    list_doubt,
    list_score,
    set_score,
)
from dubito.bench.metrics.confidence_weighted import (
    confidence_weighted_accuracy,
    confident_share_right,
)
from dubito.bench.metrics.epistemic import (
    concordance,
    concordance_curve,
    epistemic_range,
    uncertainty,
)
from dubito.bench.metrics.refusals import recall_by_kind, refusal_skill, refusals
from dubito.bench.metrics.separation import kolmogorov_smirnov
from dubito.data import Question
from dubito.maths.ranks import spearman

CITIES = Question("Name all.", all_of=(("b",), ("c",), ("d",), ("e", "epsilon")))


# Lists of answers


def test_a_list_by_hand() -> None:
    # a, b, c against b, c, d, e: 2 of 3 and 2 of 4, F1 = 2 * 2 / 7
    found = set_score({"a", "b", "c"}, {"b", "c", "d", "e"})
    assert found == pytest.approx((2 / 3, 1 / 2, 4 / 7))
    assert list_score("x, b, c", CITIES) == found


def test_aliases_and_order_do_not_change_a_score() -> None:
    assert list_score("e, epsilon, b", CITIES) == list_score("b, e", CITIES)
    assert list_score("b; c", CITIES) == list_score("c\nb\nb", CITIES)


def test_f1_is_the_harmonic_mean() -> None:
    for said in ({1}, {1, 2, 9}, {7, 8, 1, 2}):
        precision, recall, f1 = set_score(said, {1, 2, 3})
        assert f1 == pytest.approx(2 / (1 / precision + 1 / recall))


def test_empty_lists() -> None:
    precision, recall, f1 = set_score(set(), {1})
    assert math.isnan(precision)
    assert recall == f1 == 0
    with pytest.raises(ValueError, match="empty set"):
        set_score({1}, set())


def test_the_first_thing_decides() -> None:
    assert first_is_right("epsilon, x", CITIES)
    assert not first_is_right("x, b", CITIES)
    assert not first_is_right("", CITIES)


def test_lists_that_agree_and_that_do_not() -> None:
    assert list_doubt(["b, c", "c and b", "C; b"], CITIES) == 0
    assert list_doubt(["b", "c", "d"], CITIES) == 1
    assert list_doubt(["b, c", "b, d"], CITIES) == pytest.approx(2 / 3)


def test_groups_are_scored_apart_with_their_counts() -> None:
    doubt, wrong = [1.0, 2.0, 3.0, 1.0, 2.0], [0, 0, 1, 1, 0]
    found = auroc_by_group(
        doubt, wrong, ["1", "1", "1", "4-9", "4-9"], rng=np.random.default_rng(0), resamples=200
    )
    assert list(found) == ["1", "4-9"]
    assert (found["1"].auroc.estimate, found["1"].wrong, found["1"].right) == (1.0, 1, 2)
    assert (found["4-9"].auroc.estimate, found["4-9"].wrong, found["4-9"].right) == (0.0, 1, 1)
    assert found["1"].auroc.left_out > 0  # resamples of one class
    with pytest.raises(ValueError, match="one group for each"):
        auroc_by_group(doubt, wrong, ["1"], rng=np.random.default_rng(0))


# The true error


def test_one_right_answer_by_hand() -> None:
    total, aleatoric, epistemic = uncertainty([1, 0, 0], [0.5, 0.3, 0.2])
    assert aleatoric == 0
    assert epistemic == total == pytest.approx(0.693147, abs=1e-6)


def test_same_spread_different_error() -> None:
    p = [0.5, 0.3, 0.2]
    assert uncertainty(p, p).epistemic == pytest.approx(0, abs=1e-12)
    # .1 log(.1/.5) + .1 log(.1/.3) + .8 log(.8/.2) = -.160944 - .109861 + 1.109035
    assert uncertainty([0.1, 0.1, 0.8], p).epistemic == pytest.approx(0.838230, abs=1e-6)
    assert stats.entropy(p) == pytest.approx(1.029653, abs=1e-6)


def test_parts_sum_to_the_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    true, model = rng.dirichlet(np.ones(5), size=50), rng.dirichlet(np.ones(5), size=50)
    found = uncertainty(true, model)
    cross = -(true * np.log(model)).sum(axis=1)
    assert found.total == pytest.approx(cross, abs=1e-12)
    assert found.epistemic == pytest.approx(stats.entropy(true, model, axis=1), abs=1e-12)
    assert found.aleatoric == pytest.approx(stats.entropy(true, axis=1), abs=1e-12)


def test_a_class_for_all_others() -> None:
    # true (1/2, 1/2), model (1/4, 1/4) and half elsewhere: log 2
    assert uncertainty([0.5, 0.5], [0.25, 0.25, 0.5]).epistemic == pytest.approx(math.log(2))
    assert uncertainty([0.5, 0.5], [1.0, 0.0]).epistemic == math.inf
    with pytest.raises(ValueError, match="2 true classes"):
        uncertainty([0.5, 0.5], [1.0])


def test_the_range_is_reached_and_never_left() -> None:
    p = np.array([0.5, 0.3, 0.2])
    low, high = epistemic_range(p)
    assert low == uncertainty(p, p).epistemic == 0
    assert high == pytest.approx(uncertainty([0, 0, 1], p).epistemic)
    truths = np.random.default_rng(0).dirichlet(np.ones(3), size=500)
    found = uncertainty(truths, np.tile(p, (500, 1))).epistemic
    assert ((found >= low) & (found <= high)).all()


def test_concordance_by_hand() -> None:
    # errors 1 2 3, doubts 1 3 2: pairs (1,2) and (1,3) agree, (2,3) does not
    assert concordance([1, 3, 2], [1, 2, 3]) == pytest.approx(2 / 3)
    # doubts 1 1 2: (1,2) ties, the others agree: 2.5 of 3
    assert concordance([1, 1, 2], [1, 2, 3]) == pytest.approx(2.5 / 3)
    # errors 1 1 2: the pair of equal errors is left out; of the two left, one agrees
    assert concordance([5, 0, 3], [1, 1, 2]) == pytest.approx(1 / 2)


def test_concordance_limits() -> None:
    error = np.random.default_rng(0).exponential(size=30)
    assert concordance(error, error) == concordance(np.exp(error), error) == 1
    assert concordance(-error, error) == 0
    assert concordance(np.ones(30), error) == 0.5
    assert math.isnan(concordance(error, np.ones(30)))
    assert math.isnan(concordance([], []))


def test_concordance_of_two_values_is_auroc() -> None:
    rng = np.random.default_rng(0)
    doubt, wrong = rng.integers(0, 6, 60).astype(float), rng.random(60) < 0.4
    assert concordance(doubt, wrong) == pytest.approx(auroc(doubt, wrong))
    assert concordance(doubt, wrong) == pytest.approx(sklearn_metrics.roc_auc_score(wrong, doubt))


@pytest.mark.parametrize("seed", range(3))
def test_concordance_is_somers_d_in_another_dress(seed: int) -> None:
    rng = np.random.default_rng(seed)
    doubt, error = rng.integers(0, 5, 40), rng.integers(0, 7, 40)
    d = stats.somersd(error, doubt).statistic  # pairs tied on the first are left out
    assert concordance(doubt, error) == pytest.approx((d + 1) / 2)


def test_concordance_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match="NaN"):
        concordance([1, math.nan], [1, 2])
    with pytest.raises(ValueError, match="NaN"):
        concordance([1, 2], [1, math.nan])
    with pytest.raises(ValueError, match="one error for each"):
        concordance([1, 2], [1])


def test_curve_goes_from_clear_to_ambiguous() -> None:
    # two parts: ambiguities 0 and 1; doubt right in the first, turned round in the second
    error = [1.0, 2, 3, 1, 2, 3]
    steps = concordance_curve([1, 2, 3, 3, 2, 1], error, [0, 0, 0, 1, 1, 1], parts=2)
    assert steps == [(0.0, 1.0, 3), (1.0, 0.0, 3)]
    assert concordance_curve([1, 2, 3], [1, 2, 3], [0, 0, 0], parts=5) == [(0.0, 1.0, 3)]
    # the edge between the parts is an ambiguity that two questions have: they go below it
    tied = concordance_curve([1, 2, 3], [1, 2, 3], [0, 0, 1], parts=2)
    assert [step.questions for step in tied] == [2, 1]
    spread = concordance_curve(np.arange(50), np.arange(50), np.arange(50)[::-1], parts=5)
    assert [step.questions for step in spread] == [10] * 5
    assert concordance_curve([], [], []) == []
    with pytest.raises(ValueError, match="at least one part"):
        concordance_curve([1], [1], [1], parts=0)


# Refusals


def test_refusals_by_hand() -> None:
    # due: 0 1 2; refused: 1 2 3 of 5: hits 2
    found = refusals([0, 1, 1, 1, 0], [1, 1, 1, 0, 0])
    assert found == pytest.approx((2 / 3, 2 / 3, 2 / 3, 1 / 2))
    assert refusal_skill([0, 1, 1, 1, 0], [1, 1, 1, 0, 0]) == pytest.approx(2 / 3 - 1 / 2)


def test_an_always_refusing_model() -> None:
    due = np.array([1, 1, 0, 0, 0])
    always = refusals(np.ones(5), due)
    assert always.recall == 1
    assert always.precision == pytest.approx(2 / 5)  # the share that is due
    assert always.false_refusals == 1
    assert refusal_skill(np.ones(5), due) == refusal_skill(np.zeros(5), due) == 0


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees_on_refusals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said, due = rng.random(40) < 0.5, rng.random(40) < 0.3
    found = refusals(said, due)
    assert found.precision == pytest.approx(sklearn_metrics.precision_score(due, said))
    assert found.recall == pytest.approx(sklearn_metrics.recall_score(due, said))
    assert found.f1 == pytest.approx(sklearn_metrics.f1_score(due, said))
    balanced = sklearn_metrics.balanced_accuracy_score(due, said)
    assert refusal_skill(said, due) == pytest.approx(2 * balanced - 1)


def test_nothing_to_count_is_nan() -> None:
    found = refusals([0, 0], [1, 1])
    assert math.isnan(found.precision)
    assert math.isnan(found.false_refusals)
    assert found.recall == found.f1 == 0
    assert math.isnan(refusals([0, 0], [0, 0]).f1)
    with pytest.raises(ValueError, match="one label for each"):
        refusals([0, 1], [1])


def test_recall_of_each_kind() -> None:
    found = recall_by_kind([1, 0, 1, 1], ["SELF", "SELF", "PHYSICAL", "feasible"])
    assert found == {"SELF": 0.5, "PHYSICAL": 1.0, "feasible": 1.0}
    assert list(found) == ["SELF", "PHYSICAL", "feasible"]


# Confidence-weighted accuracy


def test_confidence_weighted_accuracy_by_hand() -> None:
    assert confidence_weighted_accuracy([1, 1, 1], [1, 1, 1]) == 1
    assert confidence_weighted_accuracy([1, 1, 1], [0, 0, 0]) == -1
    assert confidence_weighted_accuracy([0, 0, 0], [1, 0, 1]) == 0
    # gains .9 and losses .9; gains .9 and losses .1; halved
    assert confidence_weighted_accuracy([0.9, 0.9], [1, 0]) == pytest.approx(0)
    assert confidence_weighted_accuracy([0.9, 0.1], [1, 0]) == pytest.approx(0.4)


def test_calibration_error_beside_it() -> None:
    assert ece([0.9, 0.9], [1, 0]) == pytest.approx(0.4)
    assert ece([0.9, 0.1], [1, 0]) == pytest.approx(0.1)


def test_share_of_confidence_that_is_right() -> None:
    # .9 + .3 of .9 + .3 + .6
    assert confident_share_right([0.9, 0.3, 0.6], [1, 1, 0]) == pytest.approx(1.2 / 1.8)
    assert math.isnan(confident_share_right([0, 0], [1, 0]))
    assert math.isnan(confident_share_right([], []))
    assert math.isnan(confidence_weighted_accuracy([], []))


@pytest.mark.parametrize("metric", [confidence_weighted_accuracy, confident_share_right])
def test_confidence_lies_between_0_and_1(metric) -> None:
    with pytest.raises(ValueError, match=r"got 1\.2"):
        metric([1.2], [1])
    with pytest.raises(ValueError, match="NaN"):
        metric([math.nan], [1])


def test_linear_and_hence_not_proper() -> None:
    """In expectation at p = 0.7 the best stated confidence is 1, not 0.7; at 0.3 it is 0."""
    stated = np.linspace(0, 1, 11)

    def expected(p: float) -> list[float]:
        right, wrong = ([confidence_weighted_accuracy([c], [y]) for c in stated] for y in (1, 0))
        return [p * a + (1 - p) * b for a, b in zip(right, wrong, strict=True)]

    assert stated[np.argmax(expected(0.7))] == 1
    assert stated[np.argmax(expected(0.3))] == 0


def predictors(seed: int, accuracy: np.ndarray) -> np.ndarray:
    """Weighted accuracy, accuracy, ECE and Brier of simulated models, [M, 4].

    True chance p ~ Beta(6a, 6(1 - a)) of 2000 items, stated p^g with g log-uniform on [0.2, 3].
    """
    rng = np.random.default_rng(seed)
    rows = []
    for a in accuracy:
        p = rng.beta(6 * a, 6 * (1 - a), size=2000)
        stated = p ** np.exp(rng.uniform(np.log(0.2), np.log(3)))
        right = rng.random(2000) < p
        rows.append(
            [
                confidence_weighted_accuracy(stated, right),
                right.mean(),
                ece(stated, right),
                brier(stated, right),
            ]
        )
    return np.array(rows)


def test_it_goes_with_accuracy_and_against_calibration_error() -> None:
    """The paper's property over models of all accuracies."""
    accuracy = np.random.default_rng(0).uniform(0.3, 0.95, 200)
    weighted, right, error, _ = predictors(1, accuracy).T
    assert spearman(weighted, right) > 0.95
    assert -0.7 < spearman(weighted, error) < -0.35


def test_at_one_accuracy_brier_follows_calibration_where_it_does_not() -> None:
    weighted, _, error, square = predictors(2, np.full(150, 0.85)).T
    assert abs(spearman(weighted, error)) < 0.35
    assert spearman(1 - square, error) < -0.85
    weighted, _, error, _ = predictors(3, np.full(150, 0.4)).T
    assert spearman(weighted, error) < -0.35


# Separation of two classes


def test_separation_by_hand() -> None:
    p, feasible = [0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0]
    # pairs: .9 > .8, .9 > .1, .8 = .8, .8 > .1: 3.5 of 4
    assert auroc(p, feasible) == 0.875
    # at .1: 1/2 against 0
    assert kolmogorov_smirnov(p, feasible) == 0.5
    # .01 + .04 + .64 + .01
    assert brier(p, feasible) == pytest.approx(0.175)


def test_perfect_separation() -> None:
    p, feasible = [0.9, 0.9, 0.1, 0.1], [1, 1, 0, 0]
    assert auroc(p, feasible) == kolmogorov_smirnov(p, feasible) == 1
    assert ece(p, feasible) == pytest.approx(0.1)
    assert brier(p, feasible) == pytest.approx(0.01)


def test_nothing_is_folded() -> None:
    """Worse than chance is said to be so; the distance alone has no direction."""
    p, feasible = [0.1, 0.1, 0.9, 0.9], [1, 1, 0, 0]
    assert auroc(p, feasible) == 0
    assert kolmogorov_smirnov(p, feasible) == 1


def test_a_probability_of_zero_is_counted() -> None:
    assert ece([0.0, 0.0, 1.0], [1, 1, 1]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("seed", range(4))
def test_scipy_agrees_on_the_distance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score, label = rng.integers(0, 9, 60) / 8, rng.random(60) < 0.4
    other = stats.ks_2samp(score[label], score[~label]).statistic
    assert kolmogorov_smirnov(score, label) == pytest.approx(other)


def test_one_class_has_no_distance() -> None:
    assert math.isnan(kolmogorov_smirnov([0.5, 0.6], [1, 1]))
    assert math.isnan(kolmogorov_smirnov([], []))
