import math

import numpy as np
import pytest
from scipy.stats import norm

from dubito.maths.gaussian_intervals import (
    coverage,
    gaussian_loss,
    half_width,
    miscoverage,
    reached_at,
)
from laws import assert_monotone, assert_scale_free


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9, 0.999])
def test_an_error_as_large_as_the_half_width_is_reached_at_its_level(level: float) -> None:
    assert half_width(2.0, level) == pytest.approx(2 * norm.ppf((1 + level) / 2))
    assert reached_at(half_width(2.0, level), 2.0) == pytest.approx(level)
    assert reached_at(-half_width(2.0, level), 2.0) == pytest.approx(level)


def test_limits_of_levels_and_spreads() -> None:
    assert reached_at([0.0, 1.0, -1.0], [0.0, 0.0, 0.0]).tolist() == [0, 1, 1]
    assert reached_at(1.0, [1e-9, 1e9]) == pytest.approx([1, 0], abs=1e-8)
    assert_monotone(lambda e: float(reached_at(e, 1.0)), [0, 0.5, 1, 2])
    assert_monotone(lambda s: float(reached_at(1.0, s)), [0.5, 1, 2], falling=True)
    with pytest.raises(ValueError, match=r"level must lie in \[0, 1\], got -0\.1"):
        half_width(1.0, -0.1)


def test_coverage_by_hand() -> None:
    """Reached at 0, .2, .2, .9: at 0 a quarter is inside, at .2 three quarters, at 1 all."""
    reached = [0.9, 0.2, 0.0, 0.2]
    assert coverage(reached, [0, 0.1, 0.2, 0.9, 1]).tolist() == [0.25, 0.25, 0.75, 1, 1]
    # gaps .25, .25 (.75 - .5), 0
    got = miscoverage(reached, np.array([0, 0.5, 1]))
    assert got == (pytest.approx(1 / 6), 0.25)


def test_continuous_outcomes_are_outside_at_0_and_inside_at_1() -> None:
    rng = np.random.default_rng(0)
    got = coverage(reached_at(rng.normal(size=50), 0.01))
    assert got[0] == 0
    assert got[-1] == 1


def test_too_narrow_is_off_as_the_normal_law_says() -> None:
    """Half the true spread: coverage 2 Phi(z / 2) - 1 at level 2 Phi(z) - 1."""
    error = np.random.default_rng(1).normal(size=200_000)
    levels = np.linspace(0, 1, 100)
    expected = np.abs(2 * norm.cdf(norm.ppf((1 + levels) / 2) / 2) - 1 - levels)
    got = miscoverage(reached_at(error, 0.5))
    assert got.mean == pytest.approx(expected.mean(), abs=0.003)
    assert got.worst == pytest.approx(expected.max(), abs=0.004)


def test_loss_is_scipys() -> None:
    error, spread = np.array([0.3, -2.0, 0.0]), np.array([1.0, 0.5, 3.0])
    expected = -norm.logpdf(error, scale=spread).mean()
    assert gaussian_loss(error, spread) == pytest.approx(expected)
    assert gaussian_loss([0.0], [1.0]) == pytest.approx(0.5 * math.log(2 * math.pi))
    assert gaussian_loss([0.0, 0.0], [0.0, 1.0]) == math.inf


def test_units_do_not_matter() -> None:
    e = np.random.default_rng(0).normal(size=(2, 9))
    assert_scale_free(lambda x: reached_at(x[0], np.abs(x[1])), e)
