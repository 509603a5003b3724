"""What is one calibrator's own: worked numbers, limits, relatives, missing doubts."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from dubito.calibrate import Beta, Isotonic, LogisticCombination, Platt
from dubito.calibrate.calibrator import Calibrator
from dubito.calibrate.curves import BetaCurve, Sigmoid
from dubito.calibrate.inputs import smoothed


def draws(n: int = 300, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    doubt = rng.normal(size=n)
    return doubt, (rng.random(n) < expit(-2 * doubt)).astype(int)


def test_targets_by_hand() -> None:
    # 3 right: 4/5; 1 wrong: 1/3
    assert smoothed(np.array([1.0, 1.0, 0.0, 1.0])) == pytest.approx([0.8, 0.8, 1 / 3, 0.8])


def test_platt_meets_two_doubts_exactly() -> None:
    # at 0: right, right (target 3/4), at 1: wrong, wrong (1/4): two numbers, two means
    platt = Platt().fit([0.0, 0.0, 1.0, 1.0], [1, 1, 0, 0])
    assert platt.curve_.intercept == pytest.approx(math.log(3))
    assert platt.curve_.slope == pytest.approx(-2 * math.log(3))
    assert platt.predict([0.4, 0.6]).tolist() == [1, 0]


def test_platt_keeps_and_tells_the_direction() -> None:
    doubt, right = draws()
    assert Platt().fit(doubt, right).direction_ == -1
    wrong_way = Platt().fit(-doubt, right)
    assert wrong_way.direction_ == 1
    assert wrong_way.curve_.slope == pytest.approx(-Platt().fit(doubt, right).curve_.slope)
    assert Platt().fit(np.ones(4), [1, 0, 1, 0]).direction_ == 0


def test_platt_finds_the_true_law() -> None:
    doubt, right = draws(20000)
    platt = Platt().fit(doubt, right)
    assert platt.curve_.slope == pytest.approx(-2, abs=0.12)
    assert platt.curve_.intercept == pytest.approx(0, abs=0.08)


@pytest.mark.parametrize("make", [Platt, Isotonic, Beta])
def test_unknown_doubts_are_left_out_counted_and_unanswered(
    make: Callable[[], Calibrator],
) -> None:
    doubt, right = draws(50)
    holes = np.append(doubt, [math.nan, math.nan])
    with_holes = make().fit(holes, np.append(right, [1, 0]))
    assert with_holes.n_left_out_ == 2
    p = with_holes.predict_proba(holes)
    assert np.isnan(p[-2:]).all()
    assert with_holes.predict(holes)[-2:].tolist() == [0, 0]
    assert np.array_equal(p[:-2], make().fit(doubt, right).predict_proba(doubt))


def test_infinite_doubts_stand_at_the_extremes() -> None:
    doubt, right = draws(50)
    far = np.append(doubt, [math.inf, -math.inf])
    near = np.append(doubt, [doubt.max(), doubt.min()])
    labels = np.append(right, [0, 1])
    for make in (Platt, Isotonic, Beta, LogisticCombination):
        at_far = make().fit(far, labels).predict_proba(far)
        assert np.array_equal(at_far, make().fit(near, labels).predict_proba(near))


@pytest.mark.parametrize("doubt", [[math.nan, math.nan], [math.inf, -math.inf]])
def test_nothing_to_fit_on_is_an_error(doubt: list[float]) -> None:
    for make in (Platt, Isotonic, Beta):
        with pytest.raises(ValueError, match="no finite doubt among 2 rows"):
            make().fit(doubt, [0, 1])


def test_isotonic_by_hand() -> None:
    # targets: right 4/5 (3 of them), wrong 1/5 (3): 4/5 | 1/5 4/5 -> 1/2 pooled | 1/5
    # at doubts 0, 1, 2, 3, 4, 5 = right, wrong, right, right, wrong, wrong
    fitted = Isotonic().fit(np.arange(6.0), [1, 0, 1, 1, 0, 0])
    p = fitted.predict_proba(np.arange(6.0))[:, 1]
    assert p == pytest.approx([0.8, 0.6, 0.6, 0.6, 0.2, 0.2])
    assert fitted.predict_proba([3.5])[0, 1] == pytest.approx(0.4)  # half-way between knots
    assert fitted.curve_.doubt == (0.0, 1.0, 3.0, 4.0, 5.0)


def test_isotonic_agrees_with_scikit_learn_under_ties() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.integers(0, 12, 150).astype(float)
    right = (rng.random(150) < 0.9 - doubt / 15).astype(int)
    model = IsotonicRegression(increasing=False, out_of_bounds="clip")
    model.fit(doubt, smoothed(right.astype(float)))
    grid = np.linspace(-1, 13, 99)
    assert Isotonic().fit(doubt, right).predict_proba(grid)[:, 1] == pytest.approx(
        model.predict(grid)
    )


def test_isotonic_of_a_misleading_doubt_is_flat() -> None:
    fitted = Isotonic().fit(np.arange(4.0), [0, 0, 1, 1])
    assert fitted.predict_proba(np.arange(4.0))[:, 1] == pytest.approx([0.5] * 4)


def test_beta_with_plain_numbers_is_platt() -> None:
    doubt = np.linspace(-5, 5, 21)
    first = Sigmoid(-1.3, 0.4, -5.0, 5.0)
    assert BetaCurve(-1.3, 0.4, -5.0, 5.0, 1, 1, 0)(doubt) == pytest.approx(first(doubt))


def test_beta_by_hand() -> None:
    # s = 1/2 at doubt 0: 2 log(1/2) - 1 log(1/2) + 0 = -log 2: 1/3
    curve = BetaCurve(-1.0, 0.0, -1.0, 1.0, a=2, b=1, c=0)
    assert curve(np.array([0.0]))[0] == pytest.approx(1 / 3)
    # s = 3/4 at -log 3: 2 log(3/4) - log(1/4) = log(9/4): 9/13
    assert curve(np.array([-math.log(3)]))[0] == pytest.approx(9 / 13)


def test_beta_never_claims_certainty() -> None:
    p = BetaCurve(-1.0, 0.0, -1.0, 1.0, a=5, b=5, c=0)(np.array([-1e6, 1e6]))
    assert 0 < p[1] < 1e-9
    assert 1 - 1e-9 < p[0] < 1


def test_beta_fits_two_tails_where_platt_cannot() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.uniform(-4, 4, 4000)
    truth = expit(-np.where(doubt > 0, 0.3, 2.0) * doubt)
    right = (rng.random(4000) < truth).astype(int)
    beta, platt = (make().fit(doubt, right).predict_proba(doubt)[:, 1] for make in (Beta, Platt))
    assert np.abs(beta - truth).mean() < np.abs(platt - truth).mean()
    target = smoothed(right.astype(float))

    def cross_entropy(p: np.ndarray) -> float:
        return float(-(target * np.log(p) + (1 - target) * np.log1p(-p)).mean())

    # Platt is one of the curves that Beta may choose
    assert cross_entropy(beta) < cross_entropy(platt) - 0.01


def test_beta_never_takes_a_negative_tail() -> None:
    # confidence falls on one side and rises again on the other: one tail would be negative
    rng = np.random.default_rng(1)
    doubt = rng.uniform(-3, 3, 3000)
    right = (rng.random(3000) < expit(np.where(doubt < 0, -2 * doubt, doubt))).astype(int)
    fitted = Beta().fit(doubt, right)
    assert min(fitted.curve_.a, fitted.curve_.b) == 0.0
    assert max(fitted.curve_.a, fitted.curve_.b) > 0.0
    assert (np.diff(fitted.predict_proba(np.linspace(-3, 3, 50))[:, 1]) <= 0).all()


def two_doubts(n: int = 400, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)) * [1, 50] + [0, 7]
    return X, (rng.random(n) < expit(-1.5 * X[:, 0] - 0.03 * (X[:, 1] - 7))).astype(int)


def test_combination_of_one_without_penalty_is_platt() -> None:
    doubt, right = draws()
    combined = LogisticCombination(l2=0.0).fit(doubt[:, None], right)
    assert combined.predict_proba(doubt[:, None]) == pytest.approx(
        Platt().fit(doubt, right).predict_proba(doubt)
    )


def test_combination_finds_both_doubts_and_their_share() -> None:
    X, right = two_doubts(20000)
    weight = LogisticCombination().fit(X, right).weight_
    assert weight == pytest.approx([-1.5, -1.5], abs=0.1)  # 0.03 * 50, in deviations


def test_penalty_shrinks_towards_the_rate() -> None:
    X, right = two_doubts()
    sizes = [np.abs(LogisticCombination(l2=l2).fit(X, right).weight_).sum() for l2 in (0, 50, 1e9)]
    assert sizes[0] > sizes[1] > 100 * sizes[2]
    p = LogisticCombination(l2=1e9).fit(X, right).predict_proba(X)[:, 1]
    assert p == pytest.approx(np.full(400, smoothed(right.astype(float)).mean()), abs=1e-5)


def test_a_missing_doubt_counts_as_the_mean_and_by_its_flag() -> None:
    X, right = two_doubts()
    X[:100, 1] = math.nan
    right[:100] = 0  # not to be measurable means to be wrong, here
    fitted = LogisticCombination().fit(X, right)
    mean = [0.0, np.nanmean(X[:, 1])]
    missing, middle = fitted.predict_proba([[0.0, math.nan], mean])[:, 1]
    assert logit(missing) - logit(middle) == pytest.approx(fitted.curve_.missing_weight[1])
    assert missing < 0.5 * middle
    assert fitted.curve_.missing_weight[0] == pytest.approx(0, abs=1e-12)
    assert fitted.curve_.centre[1] == pytest.approx(mean[1])


def test_a_doubt_missing_only_later_is_the_mean() -> None:
    X, right = two_doubts()
    fitted = LogisticCombination().fit(X, right)
    missing, middle = fitted.predict_proba([[1.0, math.nan], [1.0, X[:, 1].mean()]])[:, 1]
    assert missing == pytest.approx(middle)


def test_a_doubt_never_measured_changes_nothing() -> None:
    X, right = two_doubts()
    more = np.column_stack([X, np.full(400, math.nan), np.full(400, 0.1)])
    assert LogisticCombination().fit(more, right).predict_proba(more) == pytest.approx(
        LogisticCombination().fit(X, right).predict_proba(X)
    )


def test_a_doubt_never_measured_in_the_fit_has_no_say_later() -> None:
    X, right = two_doubts()
    never = np.column_stack([X, np.full(400, math.nan)])
    later = np.column_stack([X, np.full(400, 3.0)])
    fitted = LogisticCombination(l2=0.0).fit(never, right)
    assert fitted.predict_proba(later) == pytest.approx(fitted.predict_proba(never))


def test_combination_checks_its_columns_and_its_penalty() -> None:
    X, right = two_doubts(20)
    with pytest.raises(ValueError, match=r"doubts \[N, 2\] needed, got shape \(20, 1\)"):
        LogisticCombination().fit(X, right).predict_proba(X[:, :1])
    with pytest.raises(ValueError, match="l2 must be at least 0, got -1"):
        LogisticCombination(l2=-1).fit(X, right)
