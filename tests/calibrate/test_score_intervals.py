"""Intervals of learned metrics: the card's checks, groups, documents, both kinds of intervals."""

import json
import math

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.calibrate import METHODS
from dubito.calibrate.quantile_score_intervals import QuantileScoreIntervals
from dubito.calibrate.score_documents import held_out, pooled_passes
from dubito.calibrate.score_intervals import (
    Rescaling,
    ScoreIntervals,
    enough,
)
from dubito.maths.gaussian_intervals import half_width, miscoverage, reached_at


@parametrize_with_checks(
    [ScoreIntervals(), ScoreIntervals(constant=True), QuantileScoreIntervals()]
)
def test_scikit_learn_can_use_it(estimator, check) -> None:
    check(estimator)


def segments(n: int = 2000, *, seed: int = 0, narrow: float = 1.0) -> tuple:
    """Passes [n, 2] at m - s / narrow and m + s / narrow, and human scores ~ N(m, s^2)."""
    rng = np.random.default_rng(seed)
    m, s = rng.normal(0, 50, n), rng.uniform(0.1, 2, n)
    own = s / narrow
    return np.column_stack([m - own, m + own]), rng.normal(m, s), m, s


def test_the_row_makes_it() -> None:
    (row,) = [m for m in METHODS if m.id == "ua-comet"]
    assert isinstance(row.make(), ScoreIntervals)


def test_rescaling_by_hand() -> None:
    """Passes 3, 7: mean 5, s 2. Standard: (5 - 1) / 4 = 1, s 0.5; spread hypot(.6, 1.6 * .5) = 1.

    On the human scale 10 + 20 * 1 = 30 and 20 * 1 = 20.
    """
    mean, spread = Rescaling(1, 4, 10, 20, a=0.6, b=1.6)(np.array([[3.0, 7.0]]))
    assert mean == pytest.approx([30])
    assert spread == pytest.approx([20])


@pytest.mark.parametrize("narrow", [1, 10])
def test_spread_of_passes_is_found_again(narrow: float) -> None:
    """Scores that are N(m, s^2): a near 0, b near the factor by which passes are too narrow."""
    passes, human, m, s = segments(narrow=narrow)
    fitted = ScoreIntervals().fit(passes, human)
    r = fitted.rescaling_
    assert r.a < 0.1 * r.b * s.mean() / narrow / r.score_scale
    assert r.b == pytest.approx(narrow, rel=0.15)
    assert fitted.miscoverage_.mean < 0.02
    new, outcome, m, s = segments(seed=1, narrow=narrow)
    mean, spread = fitted.forecast(new)
    assert np.abs(mean - m).max() < 0.3  # of scores that reach 150
    assert spread == pytest.approx(s, rel=0.15, abs=0.1)
    inside = fitted.interval(new, level=0.8)
    share = ((inside[:, 0] <= outcome) & (outcome <= inside[:, 1])).mean()
    assert abs(share - 0.8) < 0.03


def test_constant_is_one_spread_for_all() -> None:
    """b = 0; of the errors 1, -1, 1, -1 about a mean that is exact."""
    passes, human, *_ = segments()
    fitted = ScoreIntervals(constant=True).fit(passes, human)
    assert fitted.rescaling_.b == 0
    spread = fitted.forecast(passes).spread
    assert np.ptp(spread) == 0
    assert spread[0] == pytest.approx(fitted.rescaling_.a * fitted.rescaling_.human_scale)
    one_pass = ScoreIntervals().fit(passes[:, :1], human)  # no spread of its own
    assert np.ptp(one_pass.forecast(passes[:, :1]).spread) == 0


def test_of_equal_coverage_the_likelier_pair_is_taken() -> None:
    """Coverage is as content with a constant; the likelihood is not."""
    rng = np.random.default_rng(0)
    s = rng.choice([0.1, 3.0], 500)
    error = rng.normal(0, s)
    a, b = enough(error, s, constant=False)
    assert b == pytest.approx(1, rel=0.3)
    assert a < 0.1
    alone, none = enough(error, s, constant=True)
    assert none == 0
    assert alone > 0.3


def test_units_of_scores_and_of_people_do_not_matter() -> None:
    passes, human, *_ = segments(300)
    plain = ScoreIntervals().fit(passes, human)
    moved = ScoreIntervals().fit(100 * passes - 7, 0.5 * human + 3)
    ours, theirs = plain.interval(passes), moved.interval(100 * passes - 7)
    assert theirs == pytest.approx(0.5 * ours + 3)
    assert moved.risk(100 * passes - 7, below=3) == pytest.approx(plain.risk(passes, below=0))


def test_risk_is_the_lower_tail() -> None:
    """Half at the mean; Phi(-1) = 0.158655 one spread below it; more spread, more risk there."""
    passes, human, *_ = segments(300)
    fitted = ScoreIntervals().fit(passes, human)
    mean, spread = fitted.forecast(passes[:1])
    assert fitted.risk(passes[:1], below=mean[0]) == pytest.approx([0.5])
    assert fitted.risk(passes[:1], below=mean[0] - spread[0]) == pytest.approx([0.158655], abs=1e-6)
    wider = passes[:1] + np.array([[-1.0, 1.0]])
    assert fitted.risk(wider, below=mean[0] - 1) > fitted.risk(passes[:1], below=mean[0] - 1)
    worse = passes[:1] - 1
    assert fitted.risk(worse, below=0) > fitted.risk(passes[:1], below=0)


def test_a_perfect_metric_is_certain() -> None:
    """No error and no spread: intervals of no width, a risk of 0 or 1."""
    passes = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    fitted = ScoreIntervals().fit(passes, [1, 2, 3])
    assert fitted.interval(passes) == pytest.approx(np.array([[1, 1], [2, 2], [3, 3]]))
    assert fitted.risk(passes, below=2.5).tolist() == [1, 1, 0]


def test_groups_pool_within_each_pass() -> None:
    """Segments that err together keep their spread; independent ones have it over sqrt 2."""
    together = np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    pooled = pooled_passes(together, ["d", "d"])
    assert pooled.tolist() == [[1.5, 3.5, 5.5]]
    assert pooled.std(axis=1) == pytest.approx(together.std(axis=1).mean())
    apart = np.random.default_rng(0).normal(size=(2, 20000))
    ratio = pooled_passes(apart, [7, 7]).std() / apart.std(axis=1).mean()
    assert ratio == pytest.approx(1 / math.sqrt(2), abs=0.02)
    assert pooled_passes(np.eye(3), ["b", "a", "b"]).tolist() == [[0, 1, 0], [0.5, 0, 0.5]]
    with pytest.raises(ValueError, match="one group for each of 2"):
        pooled_passes(together, ["d"])


def test_held_out_documents_are_not_seen() -> None:
    """Each document's forecast stays as it is whatever its own people said."""
    passes, human, *_ = segments(100)
    document = np.arange(100) // 10
    first = held_out(ScoreIntervals(), passes, human, document)
    changed = human + np.where(document == 3, 50.0, 0.0)
    second = held_out(ScoreIntervals(), passes, changed, document)
    same = first.mean == second.mean
    assert same[document == 3].all()
    assert not same[document != 3].all()
    assert not np.isnan(first.spread).any()


def test_saved_numbers_answer_alike() -> None:
    passes, human, *_ = segments(100)
    fitted = ScoreIntervals().fit(passes, human)
    saved = json.loads(json.dumps(fitted.to_json(), allow_nan=False))
    loaded = ScoreIntervals.from_json(saved)
    assert np.array_equal(loaded.interval(passes), fitted.interval(passes))
    assert np.array_equal(Rescaling(**saved)(passes).mean, fitted.predict(passes))


@pytest.mark.parametrize("made", [ScoreIntervals, QuantileScoreIntervals])
def test_bad_input_is_named(made) -> None:
    passes, human, *_ = segments(10)
    with pytest.raises(NotFittedError):
        made().interval(passes)
    with pytest.raises(ValueError, match="1 sample"):
        made().fit(passes[:1], human[:1])
    with pytest.raises(ValueError, match="NaN"):
        made().fit(np.where(passes == passes[0, 0], np.nan, passes), human)
    with pytest.raises(ValueError, match="inconsistent"):
        made().fit(passes, human[:4])
    with pytest.raises(ValueError, match=r"level must lie in \[0, 1\], got 1\.1"):
        made().fit(passes, human).interval(passes, level=1.1)


def test_quantiles_by_hand() -> None:
    """Human scores equal to the medians of passes that spread alike: no error, so a = b = 0.

    With errors of exactly the quartiles' distance the half-width at level 0.5 holds them.
    """
    base = np.array([-2.0, -1, 0, 1, 2])
    passes = np.arange(20.0)[:, None] + base
    exact = QuantileScoreIntervals().fit(passes, np.arange(20.0))
    assert (exact.a_, exact.b_) == (0, 0)
    assert exact.predict(passes) == pytest.approx(np.arange(20.0))
    assert np.ptp(exact.interval(passes, level=0.9), axis=1) == pytest.approx(np.zeros(20))


def test_of_equal_coverage_the_narrowest_interval_is_taken() -> None:
    """Without a spread of the passes, standard errors of .342, .553, .553 and .342.

    Any a between the two covers half, which is closest to the levels; a has steps of .023.
    """
    passes = np.array([[0.0, 0], [0, 0], [2, 2], [2, 2]])
    fitted = QuantileScoreIntervals().fit(passes, [-0.5, 0.5, 1.5, 2.5])
    assert 0.342 <= fitted.a_ < 0.366
    assert fitted.b_ == 0


def test_quantiles_cover_as_promised_and_know_where() -> None:
    """Passes a third as wide as the errors, of a law with heavy tails."""
    rng = np.random.default_rng(0)
    n = 3000
    m, s = rng.normal(0, 20, n), rng.choice([0.5, 2.0], n)
    passes = m[:, None] + s[:, None] / 3 * rng.standard_t(4, (n, 60))
    human = m + s * rng.standard_t(4, n)
    half = n // 2
    fitted = QuantileScoreIntervals().fit(passes[:half], human[:half])
    assert fitted.miscoverage_ < 0.02
    for level in (0.3, 0.5, 0.9):
        ends = fitted.interval(passes[half:], level=level)
        inside = (ends[:, 0] <= human[half:]) & (human[half:] <= ends[:, 1])
        assert abs(inside.mean() - level) < 0.05, level
    width = np.ptp(fitted.interval(passes), axis=1)
    assert width[s == 2].mean() > 2 * width[s == 0.5].mean()
    centre = fitted.interval(passes, level=0.7).mean(axis=1)
    assert fitted.predict(passes) == pytest.approx(centre)


def test_what_the_card_says_of_levels() -> None:
    """probit(0.975) = 1.95996, probit(0.5) = 0; level 1 holds everything."""
    assert half_width(1.0, 0.95) == pytest.approx(1.95996, abs=1e-5)
    assert half_width([2.0, 0.0], 0).tolist() == [0, 0]
    assert np.isinf(half_width([2.0, 0.0], 1)).all()


def test_a_perfect_spread_covers_and_twice_of_it_covers_more() -> None:
    """n = 10,000, as on the card: below 0.01 at (0, 1), clearly above at b = 2."""
    rng = np.random.default_rng(0)
    s = rng.uniform(0.2, 3, 10000)
    error = rng.normal(0, s)
    assert miscoverage(reached_at(error, s)).mean < 0.01
    assert miscoverage(reached_at(error, 2 * s)).mean > 0.1
