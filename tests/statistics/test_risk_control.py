"""The promise of risk control, counted over many samples from known laws."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from dubito.decide import RiskControl

Law = Callable[[np.ndarray], np.ndarray]
FINE = np.arange(1, 40001) / 40000


def useful(doubt: np.ndarray) -> np.ndarray:
    """1 % of the less doubtful half is wrong, then up to 80 %."""
    return np.where(doubt < 0.5, 0.01, 0.01 + 1.6 * (doubt - 0.5))


def waves(doubt: np.ndarray) -> np.ndarray:
    """A risk that crosses the promised 10 % over and over as the threshold rises."""
    return np.where(np.sin(12 * np.pi * doubt) > 0, 0.2, 0.0)


def flat(doubt: np.ndarray) -> np.ndarray:
    """No threshold keeps the promise, and none misses it by much."""
    return np.full_like(doubt, 0.1001)


def misleading(doubt: np.ndarray) -> np.ndarray:
    """The least doubtful answers are the worst; 11 % in all."""
    return 0.22 * (1 - doubt)


def failures(law: Law, *, n: int, draws: int, ties: int = 0) -> tuple[float, float]:
    """Share of samples whose threshold breaks the promise of 10 %, and the mean coverage."""
    truth = np.cumsum(law(FINE)) / np.arange(1, len(FINE) + 1)  # risk of doubt below each point
    rng = np.random.default_rng(0)
    failed = coverage = 0.0
    for _ in range(draws):
        place = rng.random(n)
        wrong = rng.random(n) < law(place)
        doubt = np.ceil(place * ties) / ties if ties else place
        threshold = RiskControl().fit(doubt, wrong).threshold_
        # tied doubts are multiples of 1 / ties: what lies strictly below ends one step earlier
        edge = min(max(threshold - (1 / ties if ties else 0), 0.0), 1.0)
        if threshold > 0 and edge > 0:
            failed += truth[min(round(edge * 40000), 40000) - 1] > 0.1
            coverage += edge
    return failed / draws, coverage / draws


@pytest.mark.parametrize("n", [60, 300])
@pytest.mark.parametrize("law", [useful, waves, flat, misleading])
def test_the_promise_holds_under_any_law(law: Law, n: int) -> None:
    rate, _ = failures(law, n=n, draws=1500)
    assert rate <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1500)


def test_the_promise_holds_under_ties() -> None:
    rate, coverage = failures(useful, n=300, draws=500, ties=8)
    assert rate <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 500)
    assert coverage > 0.3


def test_it_answers_most_of_what_an_oracle_would() -> None:
    """useful: risk 10 % is reached at 0.8, where 0.01 t + 0.8 (t - 1/2)^2 = 0.1 t."""
    assert pytest.approx(0.1 * 0.8) == 0.01 * 0.8 + 0.8 * 0.3**2
    _, coverage = failures(useful, n=300, draws=300)
    assert coverage > 0.6 * 0.8


def test_one_level_fails_exactly_as_often_as_the_binomial_law_says() -> None:
    """All answers or none, at a true risk just above 10 %: fails when the bound passes."""
    n, draws, p = 100, 6000, 0.1001
    rng = np.random.default_rng(0)
    failed = np.mean(
        [
            RiskControl(levels=1).fit(np.arange(float(n)), rng.random(n) < p).threshold_ > 0
            for _ in range(draws)
        ]
    )
    passing = max(k for k in range(n) if stats.binom.cdf(k, n, 0.1) <= 0.05)
    exact = stats.binom.cdf(passing, n, p)
    assert exact == pytest.approx(0.0237, abs=0.001)  # 4 wrong of 100 pass, 5 do not
    assert abs(failed - exact) < 5 * math.sqrt(exact * (1 - exact) / draws)
