"""Pairs of answers: the card's worlds by hand, bounds counted, laws of the covariance."""

import math

import numpy as np
import pytest

from dubito.maths.pairs import (
    half_width,
    likeliest_known,
    log_pair_confidence,
    one_sided_width,
    pair_confidence,
    pair_covariance,
    pair_variance,
    second_order_calibration_error,
    squared_error,
    symmetric_pairs,
)

# Two worlds, as likely as each other: (.9, .1) and (.1, .9). Joint of (1, 1) = (.81 + .01) / 2.
TWO_WORLDS = np.array([[0.9, 0.1], [0.1, 0.9]])


def exact(worlds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a perfect model of pairs says of equally likely worlds: [V], [V, V]."""
    p = worlds.mean(axis=0)
    joint = np.einsum("wi,wj->ij", worlds, worlds) / len(worlds)
    return p, joint / p[:, None]


def test_two_worlds_by_hand() -> None:
    p, after = exact(TWO_WORLDS)
    assert after[0, 0] == pytest.approx(0.82)
    assert pair_variance(p[0], after[0, 0]) == pytest.approx(0.16)  # Var{.9, .1}
    assert pair_confidence(p[0], after[0, 0]) == pytest.approx(0.25 / 0.41)
    assert log_pair_confidence(np.log(p[0]), np.log(after[0, 0])) == pytest.approx(
        math.log(0.25 / 0.41)
    )


def test_a_fair_coin_is_known() -> None:
    assert pair_variance(0.5, 0.5) == 0
    assert pair_confidence(0.5, 0.5) == 1


@pytest.mark.parametrize("m", [2, 5])
def test_a_settled_answer_that_is_not_known(m: int) -> None:
    """p1 = 1/m, p2 = 1: V = (1/m)(1 - 1/m), C = 1/m, the chance that it is right."""
    p, after = exact(np.eye(m))
    assert pair_variance(p[0], after[0, 0]) == pytest.approx(1 / m * (1 - 1 / m))
    assert pair_confidence(p[0], after[0, 0]) == pytest.approx(1 / m)


def test_variance_and_covariance_are_those_of_the_worlds() -> None:
    worlds = np.random.default_rng(0).dirichlet(np.ones(4), size=7)
    p, after = exact(worlds)
    covariance = pair_covariance(p, after)
    assert covariance == pytest.approx(np.cov(worlds.T, ddof=0))
    assert covariance.diagonal() == pytest.approx(pair_variance(p, after.diagonal()))
    assert covariance.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)
    assert covariance == pytest.approx(covariance.T)


def test_an_asymmetric_joint_shows() -> None:
    joint = np.array([[0.3, 0.3], [0.1, 0.3]])
    p = joint.sum(axis=1)
    covariance = pair_covariance(p, joint / p[:, None])
    assert covariance[0, 1] != pytest.approx(covariance[1, 0])


def test_confidence_bounds_what_is_made_up_and_is_tight() -> None:
    rng = np.random.default_rng(1)
    worlds = rng.dirichlet(np.full(6, 0.3), size=40)
    worlds[worlds < 0.1] = 0
    worlds /= worlds.sum(axis=1, keepdims=True)
    p, after = exact(worlds)
    possible = (worlds > 0).mean(axis=0)
    assert (possible >= pair_confidence(p, after.diagonal())).all()
    p, after = exact(np.eye(3))
    assert pair_confidence(p, after.diagonal()) == pytest.approx((np.eye(3) > 0).mean(axis=0))


def test_width_by_hand_and_by_count() -> None:
    assert half_width(0.01, delta=0.25) == pytest.approx(0.2)
    assert half_width(0.01, delta=0.25, excess=0.03) == pytest.approx(0.4)
    assert half_width(-0.01, delta=0.25) == 0
    # 0.01 * 0.75 / 0.25 = 0.03
    assert one_sided_width(0.01, delta=0.25) == pytest.approx(math.sqrt(0.03))
    worlds = np.random.default_rng(2).dirichlet(np.full(3, 0.4), size=500)
    p, after = exact(worlds)
    variance = pair_variance(p, after.diagonal())
    for delta in (0.1, 0.25, 0.5):
        assert (abs(worlds - p) > half_width(variance, delta=delta)).mean() <= delta
        assert (worlds < p - one_sided_width(variance, delta=delta)).mean() <= delta


def test_cantelli_is_tight_on_two_points() -> None:
    """0 with chance 1/4, else 0.4: mean 0.3, variance 0.03, t = sqrt(0.03 * 3) = 0.3: just 0."""
    assert one_sided_width(0.03, delta=0.25) == pytest.approx(0.3)


def test_squared_error_is_unbiased_exactly() -> None:
    """Over all four outcomes of two flips of a coin of 0.7, guessed 0.4: 0.09."""
    outcomes = [(a, b, (0.7 if a else 0.3) * (0.7 if b else 0.3)) for a in (0, 1) for b in (0, 1)]
    assert sum(w * squared_error(0.4, a, b) for a, b, w in outcomes) == pytest.approx(0.09)


def test_calibration_by_hand() -> None:
    # bins (.0, .1) and (.2, .3): gaps |.05 - .2| and |.25 - .1|; unsorted they would be 0
    error = second_order_calibration_error([0.3, 0.0, 0.2, 0.1], [0.1, 0.2, 0.1, 0.2], bins=2)
    assert error == pytest.approx(0.15)
    assert second_order_calibration_error([0.1, 0.2], [0.2, 0.1], bins=1) == pytest.approx(0)


def test_table_is_symmetric_and_sums_to_one() -> None:
    joint = symmetric_pairs(np.random.default_rng(0).normal(size=(2, 4, 4)) + 900)
    assert joint.sum(axis=(1, 2)) == pytest.approx([1, 1])
    assert joint == pytest.approx(joint.swapaxes(1, 2))
    # logits log 1, log 4, log 1, log 1: the mixed ones have sqrt(4 * 1) = 2; 1 + 2 + 2 + 1 = 6
    assert symmetric_pairs(np.log([[1, 4], [1, 1]]))[0, 1] == pytest.approx(2 / 6)


def test_the_answer_is_the_likeliest_of_the_known() -> None:
    p1, p2 = [0.5, 0.3, 0.2], [1.0, 0.32, 0.2]
    assert likeliest_known(p1, p2, beta=0.1) == 1
    assert likeliest_known(p1, p2, beta=0.5) == 0
    assert likeliest_known([0.5], [1.0], beta=0.4) is None


def test_long_texts_and_impossible_ones() -> None:
    assert log_pair_confidence(-5000.0, -4998.0) == pytest.approx(-2)
    assert log_pair_confidence([-3.0, -np.inf, -np.inf], [-4.0, -1.0, -np.inf]).tolist() == [
        0,
        -np.inf,
        -np.inf,
    ]
    assert pair_confidence([0.0, 0.5], [0.0, 0.4]).tolist() == [0, 1]
    assert pair_variance(0.5, 0.4) == pytest.approx(-0.05)  # clipped only by the caller


@pytest.mark.parametrize(
    "call",
    [
        lambda: pair_variance(1.2, 0.5),
        lambda: pair_confidence(0.5, np.nan),
        lambda: pair_covariance([0.5, 0.5], [0.5, 0.5]),
        lambda: half_width(0.1, delta=0),
        lambda: half_width(0.1, delta=0.5, excess=-1),
        lambda: one_sided_width(0.1, delta=2),
        lambda: likeliest_known([0.5], [0.5], beta=0),
        lambda: second_order_calibration_error([0.1], [0.1], bins=2),
    ],
)
def test_refused(call) -> None:
    with pytest.raises(ValueError, match=r"must|need"):
        call()
