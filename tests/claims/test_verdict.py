import math

import numpy as np
import pytest
from scipy import stats

from dubito.claims.verdict import Interval, Terms, judge, mean_interval, read

FLAT = Interval(-1.0, 1.0)


def test_interval_by_hand() -> None:
    # mean 2, sample sd 1, n = 3: half width t(0.975, 2) / sqrt(3) = 4.302653 / 1.732051 = 2.484138
    low, high = mean_interval([1.0, 2.0, 3.0])
    assert low == pytest.approx(2 - 2.484138, abs=1e-6)
    assert high == pytest.approx(2 + 2.484138, abs=1e-6)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_interval_against_scipy(level: float) -> None:
    x = np.random.default_rng(0).normal(size=7)
    expected = stats.t.interval(level, 6, x.mean(), stats.sem(x))
    assert mean_interval(x.tolist(), level=level) == pytest.approx(expected)


def test_interval_covers_as_it_says() -> None:
    """Normal gains of 5 seeds: 95% of intervals hold the mean, counted two-sided, 5 errors wide."""
    draws = 4000
    x = np.random.default_rng(1).normal(0.3, 2.0, size=(draws, 5))
    intervals = [mean_interval(row.tolist()) for row in x]
    covered = np.mean([low <= 0.3 <= high for low, high in intervals])
    assert abs(covered - 0.95) < 5 * math.sqrt(0.95 * 0.05 / draws)


def test_percentile_bootstrap_covers_too_seldom() -> None:
    """Why the lab does not bootstrap seeds: with 5 of them 95% becomes less than 90%."""
    rng = np.random.default_rng(2)
    draws = 1000
    x = rng.normal(size=(draws, 5))
    means = np.take_along_axis(x[:, None], rng.integers(5, size=(draws, 500, 5)), axis=2).mean(2)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    assert ((low <= 0) & (high >= 0)).mean() < 0.9


@pytest.mark.parametrize("values", [[1.0], [1.0, math.nan], [math.inf, 1.0]])
def test_interval_needs_two_finite_values(values: list[float]) -> None:
    with pytest.raises(ValueError, match="at least 2 finite"):
        mean_interval(values)


@pytest.mark.parametrize(
    ("low", "null", "failed", "scale", "verdict"),
    [
        (0.06, FLAT, [], "", "holds"),
        (0.05, FLAT, [], "", "holds weakly"),  # the margin itself is not above it
        (0.06, FLAT, ["a condition"], "", "holds weakly"),
        (0.01, FLAT, [], "too small", "holds weakly"),
        (0.0, FLAT, [], "", "not reproduced"),
        (-0.1, FLAT, [], "too small", "needs scale"),
        (-0.1, FLAT, ["the mechanism"], "too small", "not reproduced"),
        (0.06, Interval(0.01, 0.02), [], "", "not reproduced"),  # the null gains too
        (0.06, Interval(-0.02, -0.01), [], "", "not reproduced"),
        (-0.1, Interval(0.01, 0.02), [], "too small", "not reproduced"),
    ],
)
def test_rule(low: float, null: Interval, failed: list[str], scale: str, verdict: str) -> None:
    got, reason = read(low, null, failed, Terms(0.05, scale))
    assert got == verdict
    assert bool(reason) == (verdict != "holds")


def test_every_baseline_has_to_be_beaten() -> None:
    """The reported gain is that over the hardest baseline, and the null is that baseline's."""
    gains = {"easy": [0.3, 0.31, 0.29], "hard": [0.1, 0.11, 0.09]}
    null = {"easy": [0.5, 0.51, 0.49], "hard": [0.01, -0.01, 0.0]}
    judged = judge(gains, null, {}, Terms(0.05))
    assert (judged.baseline, judged.verdict) == ("hard", "holds")
    assert judged.effect == pytest.approx(0.1)
    assert judged.null_effect == pytest.approx(0.0, abs=1e-12)


def test_the_null_is_read_at_99_percent() -> None:
    gains = {"b": [0.5, 0.51, 0.49]}
    null = {"b": [0.1, 0.2, 0.3, 0.05, 0.35]}  # mean 0.2: 95% [0.042, 0.358] without 0, 99% with
    assert mean_interval(null["b"]).low > 0
    assert judge(gains, null, {}, Terms(0.05)).verdict == "holds"


def test_unmet_conditions_are_named() -> None:
    judged = judge(
        {"b": [0.5, 0.51, 0.49]}, {"b": [0.0, 0.1, -0.1]}, {"met": 0.1, "unmet": 0.0}, Terms(0.05)
    )
    assert judged.verdict == "holds weakly"
    assert "unmet" in judged.reason
    assert "met;" not in judged.reason
