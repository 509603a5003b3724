import math

import numpy as np
import pytest
from scipy.stats import pearsonr

from dubito.bench.metrics.score_intervals import ence, interval_scores


def test_ence_by_hand() -> None:
    """Spreads 1, 1 | 2, 2 with errors 1, 1 | 0, 0: |1 - 1| / 1 and |2 - 0| / 2: mean 1/2."""
    assert ence([0, 1, 0, -1], [2, 1, 2, 1], bins=2) == pytest.approx(0.5)
    # one bin: RMV sqrt(2.5), RMSE sqrt(.5)
    whole = (math.sqrt(2.5) - math.sqrt(0.5)) / math.sqrt(2.5)
    assert ence([0, 1, 0, -1], [2, 1, 2, 1], bins=1) == pytest.approx(whole)


def test_ence_of_the_true_constant_is_near_0() -> None:
    """Bins of 100 of N(0, 2^2): a root mean square is off by 2 / sqrt(200), on average 0.056."""
    error = np.random.default_rng(0).normal(0, 2, 10_000)
    assert ence(error, np.full(10_000, 2.0)) == pytest.approx(
        math.sqrt(2 / math.pi / 200), abs=0.015
    )
    assert ence(error, np.full(10_000, 4.0)) == pytest.approx(0.5, abs=0.02)


def test_ence_of_nothing_and_of_no_spread() -> None:
    assert ence([1.0], [0.0]) == math.inf
    with pytest.raises(ValueError, match="at least one bin and one forecast"):
        ence([], [])
    with pytest.raises(ValueError, match="got 0 and 1"):
        ence([1.0], [1.0], bins=0)


def test_all_of_them() -> None:
    rng = np.random.default_rng(0)
    s = rng.uniform(0.2, 2, 4000)
    m = rng.normal(size=4000)
    q = rng.normal(m, s)
    got = interval_scores(m, s, q)
    assert got.ups == pytest.approx(pearsonr(np.abs(q - m), s)[0])
    assert got.pps == pytest.approx(pearsonr(m, q)[0])
    assert got.ece < 0.015 < 0.2 < interval_scores(m, s / 3, q).ece
    assert got.ece < got.worst
    assert got.sharpness == pytest.approx((s**2).mean())
    assert got.nll < interval_scores(m, np.full(4000, s.mean()), q).nll
    assert got.left_out == 0


def test_constants_and_what_is_missing() -> None:
    got = interval_scores([1.0, 2.0, np.nan], [1.0, 1.0, 1.0], [1.0, 2.5, 0.0])
    assert math.isnan(got.ups)
    assert got.left_out == 1
    assert got == pytest.approx(
        interval_scores([1, 2], [1, 1], [1, 2.5])._replace(left_out=1), nan_ok=True
    )
    with pytest.raises(ValueError, match="at least one row"):
        interval_scores([np.nan], [1.0], [1.0])
    with pytest.raises(ValueError, match=r"least spread -1\.0"):
        interval_scores([1.0], [-1.0], [1.0])
