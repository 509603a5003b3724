"""The von Mises-Fisher law: closed forms in three dimensions, scipy, limits and rotations."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import ive

from dubito.maths.von_mises_fisher import (
    debye,
    fit_concentration,
    fit_spread,
    log_bessel,
    mean_length,
    sphere_entropy,
)
from laws import assert_monotone


@pytest.mark.parametrize("kappa", [0.01, 1.0, 5.0, 50.0])
def test_three_dimensions_have_closed_forms(kappa: float) -> None:
    # A = coth k - 1/k; h = log(4 pi sinh(k) / k) - k A
    length = 1 / math.tanh(kappa) - 1 / kappa
    assert mean_length(kappa, 3) == pytest.approx(length, rel=1e-9)
    area = math.log(4 * math.pi * math.sinh(kappa) / kappa)
    assert sphere_entropy(kappa, 3) == pytest.approx(area - kappa * length, rel=1e-9)


def test_the_card_s_numbers() -> None:
    """A_3(1) = 0.3130, h = 2.3794; without concentration log 4 pi = 2.5310."""
    assert mean_length(1, 3) == pytest.approx(0.3130, abs=5e-5)
    assert sphere_entropy(1, 3) == pytest.approx(2.3794, abs=5e-5)
    assert sphere_entropy(0, 3) == pytest.approx(2.5310, abs=5e-5)
    assert sphere_entropy(1e-3, 3) == pytest.approx(math.log(4 * math.pi), abs=1e-6)


@pytest.mark.parametrize(
    ("d", "kappa"),  # in 300 dimensions scipy underflows at 0.3
    [(2, 0.3), (2, 20), (3, 0.3), (3, 700), (16, 0.3), (16, 20), (16, 700), (300, 20), (300, 700)],
)
def test_scipy_agrees(d: int, kappa: float) -> None:
    mu = np.eye(d)[0]
    assert sphere_entropy(kappa, d) == pytest.approx(
        stats.vonmises_fisher(mu, kappa).entropy(), rel=1e-7, abs=1e-7
    )


@pytest.mark.parametrize(("order", "x"), [(40.0, 3.0), (80.0, 60.0), (127.0, 900.0)])
def test_the_expansion_continues_the_bessel_function(order: float, x: float) -> None:
    assert debye(order, x) - x == pytest.approx(math.log(ive(order, x)), rel=0, abs=2e-9)


def test_high_dimensions_do_not_underflow() -> None:
    assert ive(2047, 10) == 0
    # the series' first terms: v log(x/2) - log v! + x^2/4/(v+1)
    first = 2047 * math.log(5) - math.lgamma(2048) + 25 / 2048 - 10
    assert log_bessel(2047, 10) == pytest.approx(first, rel=1e-9)
    assert_monotone(lambda k: sphere_entropy(k, 4096), [0.0, 10.0, 1e3, 1e4], falling=True)


@pytest.mark.parametrize("d", [2, 3, 16, 768])
@pytest.mark.parametrize("kappa", [1e-3, 0.5, 30.0, 5e3])
def test_the_fit_finds_the_concentration(d: int, kappa: float) -> None:
    assert fit_concentration(mean_length(kappa, d), d) == pytest.approx(kappa, rel=1e-5)


def test_ends_of_the_fit() -> None:
    assert fit_concentration(0.0, 5) == 0
    assert fit_concentration(1.0, 5) == 1e4
    assert fit_concentration(1.0, 5, cap=50) == 50


def test_two_at_a_right_angle_by_hand() -> None:
    # mean (1/2, 1/2): R^2 = 1/2; repaired (2 * 1/2 - 1) / 1 = 0: uniform on the circle
    rows = [[1, 0], [0, 3]]
    assert fit_spread(rows).concentration == 0
    assert fit_spread(rows).entropy == pytest.approx(math.log(2 * math.pi))
    raw = fit_spread(rows, repair=False).concentration
    assert mean_length(raw, 2) == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("rows", [np.ones((4, 3)), [[0.0, 2.0]]], ids=["equal", "one"])
def test_no_spread_is_the_cap_and_says_so(rows: object) -> None:
    spread = fit_spread(rows, cap=1e3)
    assert spread.capped
    assert spread.concentration == 1e3
    assert spread.entropy == sphere_entropy(1e3, np.shape(rows)[1])


def drawn(d: int, noise: float, m: int, seed: int = 0) -> np.ndarray:
    return np.eye(d)[0] + noise * np.random.default_rng(seed).normal(size=(m, d))


def test_rotation_and_length_do_not_matter() -> None:
    x = drawn(6, 0.3, 9)
    turn = stats.ortho_group.rvs(6, random_state=1)
    assert fit_spread(x @ turn).entropy == pytest.approx(fit_spread(x).entropy)
    assert fit_spread(x * 7).entropy == pytest.approx(fit_spread(x).entropy)


def test_spread_lowers_concentration() -> None:
    assert_monotone(
        lambda s: fit_spread(drawn(6, s, 20)).concentration, [0.01, 0.1, 0.3, 1.0], falling=True
    )


def test_the_repair_makes_the_squared_length_unbiased() -> None:
    """8 uniform directions of 16: E[R^2] is 1/8 raw and 0 repaired; means of 4000 sets."""
    x = np.random.default_rng(0).normal(size=(4000, 8, 16))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    square = (x.mean(axis=1) ** 2).sum(axis=-1)
    repaired = (8 * square - 1) / 7
    error = repaired.std() / math.sqrt(4000)
    assert abs(repaired.mean()) < 5 * error
    x0 = x[int(square.argmax())]
    kappa = fit_spread(x0).concentration
    assert mean_length(kappa, 16) ** 2 == pytest.approx(repaired.max())


@pytest.mark.parametrize(
    "rows", [np.ones(3), np.ones((0, 3)), np.ones((4, 1)), [[0, 0], [1, 0]], [[np.nan, 1]]]
)
def test_no_directions_are_refused(rows: object) -> None:
    with pytest.raises(ValueError, match="direction"):
        fit_spread(rows)
