"""DEUP: rows of errors, scales, excess error of a model that is too simple, and the search."""

import math
from functools import partial

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KernelDensity
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.calibrate import DEUP, DeupSearch, LogErrors, PlainErrors, Stationary
from dubito.calibrate.deup import excess, fold_rows, noise_of_pairs
from dubito.calibrate.deup_search import Rows
from dubito.calibrate.error_models import fit_errors
from dubito.maths.ranks import spearman

QUICK = Stationary(members=0)
ZERO = DummyRegressor(strategy="constant", constant=0.0)


@parametrize_with_checks(
    [DEUP(error_model=LinearRegression(), features=Stationary(members=2), folds=2)]
)
def test_scikit_learn(estimator, check) -> None:
    check(estimator)


def test_log_errors_by_hand() -> None:
    """Error .1 squared: log .01 = -4.605; none at all: -10, which reads as 4.54e-5."""
    scale = LogErrors()
    assert scale.written(np.array([0.01, 0.0])) == pytest.approx([-4.60517, -10.0])
    assert scale.read(np.array([-10.0, -30.0, 9.0])) == pytest.approx(
        [4.53999e-5, math.exp(-20), math.exp(3)]
    )
    x = np.array([1e-4, 0.5, 20.0])
    assert scale.read(scale.written(x)) == pytest.approx(x)


def test_plain_errors_are_never_below_zero() -> None:
    assert PlainErrors().written(np.array([0.0, 2.0])).tolist() == [0.0, 2.0]
    assert PlainErrors().read(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_noise_and_excess_by_hand() -> None:
    """Labels 1 and 3: .5 * 2^2 = 2. Risk .5 below noise 1: 0, never negative."""
    assert noise_of_pairs([1.0, 2.0], [3.0, 2.0]).tolist() == [2.0, 0.0]
    assert excess(np.array([3.0, 0.5]), 1.0).tolist() == [2.0, 0.0]
    rng = np.random.default_rng(0)
    pairs = rng.normal(scale=3, size=(2, 20000))
    assert noise_of_pairs(*pairs).mean() == pytest.approx(9, rel=0.05)


def test_rows_hold_what_each_copy_had_seen() -> None:
    """6 points, 3 folds: 18 rows, each point left out once; a tree errs only where it is new."""
    X, y = np.arange(6.0)[:, None], np.array([0.0, 10, 0, 10, 0, 10])
    rng = np.random.default_rng(0)
    take = partial(QUICK, DecisionTreeRegressor(random_state=0), rng=rng)
    rows, errors = fold_rows(take, X, y, folds=3, rng=rng)
    density, seen, x = rows.T
    assert rows.shape == (18, 3)
    assert np.isfinite(density).all()
    assert [seen[x == value].sum() for value in range(6)] == [2] * 6
    assert (errors[seen == 1] == 0).all()
    assert set(errors[seen == 0]) == {0.0, 100.0}
    assert (errors[seen == 0] > 0).sum() >= 4


def test_features_of_a_moment() -> None:
    """Columns: log density, log variance, bit, input; the density is scikit-learn's."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(3, 2, size=(30, 1)), rng.normal(size=30)
    moment = Stationary(members=5)(LinearRegression(), X, y, rng)
    new = np.array([[3.0], [40.0]])
    density, variance, seen, x = moment.features(new, seen=False).T
    z = (X - X.mean()) / X.std()
    other = KernelDensity(bandwidth=30 ** (-1 / 5)).fit(z)
    assert density == pytest.approx(other.score_samples((new - X.mean()) / X.std()))
    said = np.array([m.predict(new) for m in moment.members])  # [5, 2]
    assert variance == pytest.approx(np.log(said.var(axis=0)))
    assert variance[1] > variance[0]
    assert (seen.tolist(), x.tolist()) == ([0, 0], [3, 40])
    assert Stationary(members=0, inputs=False)(LinearRegression(), X, y, rng).features(
        new, seen=[True, False]
    )[:, 1].tolist() == [1, 0]
    same = Stationary(members=3)(ZERO, X, y, rng).features(new, seen=True)
    assert same[:, 1] == pytest.approx(np.log(1e-10 * y.var()))
    with pytest.raises(ValueError, match="members must be 0 or at least 2, got 1"):
        Stationary(members=1)


def test_excess_of_a_constant_is_the_square() -> None:
    """f = 0, y = x without noise: u = x^2."""
    X = np.linspace(-2, 2, 60)[:, None]
    method = DEUP(ZERO, features=QUICK, error_scale=PlainErrors()).fit(X, X[:, 0])
    at = np.array([[-1.5], [0.5], [1.0]])
    assert method.predict_uncertainty(at) == pytest.approx([2.25, 0.25, 1.0], abs=0.05)
    assert method.predict(at).tolist() == [0, 0, 0]
    logs = DEUP(ZERO, features=QUICK).fit(X, X[:, 0])
    assert logs.predict_uncertainty(at) == pytest.approx([2.25, 0.25, 1.0], rel=0.2)


def test_right_predictor_has_no_excess() -> None:
    """f = E[y | x], noise .25: risk .25, excess 0 with the noise known, .25 without."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(300, 1))
    y = 2 * X[:, 0] + rng.normal(scale=0.5, size=300)
    plain = {"features": QUICK, "error_scale": PlainErrors(), "error_model": LinearRegression()}
    risk = DEUP(**plain).fit(X, y).predict_risk(X)
    assert risk.mean() == pytest.approx(0.25, rel=0.15)
    assert DEUP(**plain).fit(X, y).predict_uncertainty(X).mean() == pytest.approx(0.25, rel=0.15)
    known = DEUP(aleatoric=0.25, **plain).fit(X, y).predict_uncertainty(X)
    assert (known >= 0).all()
    assert known.mean() < 0.04
    told = DEUP(aleatoric=lambda X: np.full(len(X), 0.25), **plain).fit(X, y)
    assert np.array_equal(told.predict_uncertainty(X), known)


def test_a_line_through_a_parabola() -> None:
    """The excess is known, and the variance of 20 lines is far below it."""
    X = np.linspace(-1, 1, 40)[:, None]
    method = DEUP().fit(X, X[:, 0] ** 2)
    truth = (method.predict(X) - X[:, 0] ** 2) ** 2
    u = method.predict_uncertainty(X)
    assert spearman(u, truth) > 0.8
    assert 0.4 < u.mean() / truth.mean() < 2
    variance = np.var([m.predict(X) for m in method.moment_.members], axis=0)
    assert variance.mean() < 0.25 * truth.mean()


def test_errors_are_those_of_points_not_fitted_to() -> None:
    """A tree learns by rote: its own points tell nothing, those left out the noise, 2 * .25."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(200, 1))
    y = rng.normal(scale=0.5, size=200)
    tree = DecisionTreeRegressor(random_state=0)
    method = DEUP(
        tree, GradientBoostingRegressor(random_state=0), features=QUICK, error_scale=PlainErrors()
    ).fit(X, y)
    assert np.mean((y - method.predict(X)) ** 2) == 0
    assert method.predict_risk(rng.uniform(-1, 1, size=(200, 1))).mean() == pytest.approx(
        0.5, rel=0.3
    )


def test_units_and_seed() -> None:
    X = np.linspace(-1, 1, 30)[:, None]
    fit = partial(DEUP, error_model=LinearRegression(), features=Stationary(members=4))
    one = fit().fit(X, X[:, 0] ** 3).predict_uncertainty(X)
    scaled = fit().fit(X, 100 * X[:, 0] ** 3).predict_uncertainty(X)
    assert scaled == pytest.approx(1e4 * one, rel=1e-6)
    assert np.array_equal(fit().fit(X, X[:, 0] ** 3).predict_uncertainty(X), one)
    assert not np.array_equal(fit(random_state=1).fit(X, X[:, 0] ** 3).predict_uncertainty(X), one)


def test_edges_and_bad_input() -> None:
    two = DEUP(features=QUICK).fit([[0.0], [1.0]], [0.0, 1.0])  # two folds of one
    assert np.isfinite(two.predict_uncertainty([[0.5]])).all()
    flat = DEUP(features=QUICK).fit(np.zeros((6, 1)), np.ones(6))  # nothing varies
    assert flat.predict_uncertainty([[0.0]]) == pytest.approx([0.0], abs=1e-3)
    with pytest.raises(ValueError, match="folds must be at least 2, got 1"):
        DEUP(folds=1).fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(ValueError, match="minimum of 2"):
        DEUP().fit([[0.0]], [0.0])
    with pytest.raises(ValueError, match="NaN"):
        DEUP().fit([[0.0], [1.0]], [0.0, math.nan])
    with pytest.raises(NotFittedError):
        DEUP().predict_uncertainty([[0.0]])


def test_any_error_model_will_do() -> None:
    features = np.arange(8.0)[:, None] * 1e3
    model = fit_errors(LinearRegression(), features, 2 * features[:, 0])
    assert model.predict([[500.0]]) == pytest.approx([1000.0])
    smooth = fit_errors(None, features, np.sin(features[:, 0] / 2e3))
    between = features[:-1] + 500
    assert smooth.predict(between) == pytest.approx(np.sin(between[:, 0] / 2e3), abs=0.1)


def uniform(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(-1, 2, size=(n, 1))


def bumps(x: np.ndarray) -> np.ndarray:
    """-sin 3x - x^2 + .7x: a maximum near 1.6, and a higher one, 0.5, near -0.36."""
    return (-np.sin(3 * x) - x**2 + 0.7 * x)[:, 0]


FIRST = np.array([[-0.9], [0.0], [0.4], [1.1]])
PROCESS = GaussianProcessRegressor(RBF(0.4), optimizer=None, alpha=1e-6, normalize_y=True)
SEARCH = DeupSearch(PROCESS, features=Stationary(members=3), candidates=200)


def test_search_writes_each_point_down_before_and_after() -> None:
    """4 points: 2 splits, 2 copies each: 16 rows. 3 rounds: 3 before, 2 after; 21 in all."""
    found = SEARCH(bumps, uniform, FIRST, rounds=3, seed=0)
    assert np.array_equal(found.X[:4], FIRST)
    assert np.array_equal(found.y, bumps(found.X))
    assert found.rows.features.shape == (21, 4)
    density, _, seen, x = found.rows.features[16:].T
    assert seen.tolist() == [0, 1, 0, 1, 0]
    new = found.X[4:, 0]
    assert x.tolist() == [new[0], new[0], new[1], new[1], new[2]]
    before, after = found.rows.errors[[16, 18]], found.rows.errors[[17, 19]]
    assert (after < 1e-6).all()  # a process without noise goes through its points
    assert (before > after).all()
    assert (density[[1, 3]] > density[[0, 2]]).all()  # of the moment, not computed anew


def test_search_goes_where_the_predictor_errs() -> None:
    """It says 0 everywhere, no better than the best; the errors it makes grow with x."""
    rng = np.random.default_rng(0)
    X = np.linspace(-1, 2, 12)[:, None]
    moment = QUICK(ZERO, X, X[:, 0], rng)
    for towards, expected in ((1, 1.8), (-1, -0.8)):
        rows = Rows(moment.features(X, seen=False), np.exp(towards * 2 * X[:, 0]))
        points = np.array([[-0.8], [0.5], [1.8]])
        search = DeupSearch(ZERO, LinearRegression(), features=QUICK)
        assert search.chosen(moment, rows, points, 0.0, 1.0).tolist() == [[expected]]


def test_search_finds_the_maximum() -> None:
    grid = np.linspace(-1, 2, 3001)[:, None]
    best = bumps(grid).max()
    assert bumps(FIRST).max() < best - 0.3
    runs = [SEARCH(bumps, uniform, FIRST, rounds=10, seed=seed) for seed in range(8)]
    # One in three draws of ten random points comes so near: 6 of 8 once in 50.
    assert sum(found.y.max() > best - 0.02 for found in runs) >= 6
    again = SEARCH(bumps, uniform, FIRST, rounds=10, seed=7)
    assert np.array_equal(again.X, runs[7].X)
    with pytest.raises(ValueError, match="at least 4 first points"):
        SEARCH(bumps, uniform, FIRST[:3], rounds=1)
