"""SPC-UQ as scikit-learn knows it: the predictor is left as it is, intervals, doubt, edges."""

from functools import partial

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.calibrate import (
    SplitPointClassifier,
    SplitPointRegressor,
    load_heads,
    penultimate,
    save_heads,
)
from dubito.calibrate.split_point import relative_gap
from dubito.nn.tiny_training import Schedule

BRIEF = Schedule(steps=10, rate=1e-2, weight_decay=0.0)
SHORT = Schedule(steps=150, rate=2e-2, weight_decay=0.0)


@parametrize_with_checks(
    [
        SplitPointRegressor(widths=(4,), schedule=BRIEF),
        SplitPointClassifier(widths=(4,), schedule=BRIEF),
    ]
)
def test_scikit_learn(estimator, check) -> None:
    check(estimator)


def skewed(n: int = 1500, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """2 x + exponential noise less its mean: P(r > 0) = 1/e, means 2/e, 1, 1 / (e - 1)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n, 1))
    return x, 2 * x[:, 0] + rng.exponential(size=n) - 1


def right() -> FrozenEstimator:
    return FrozenEstimator(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]))


def regressor(estimator: FrozenEstimator) -> SplitPointRegressor:
    return SplitPointRegressor(estimator, widths=(8,), schedule=SHORT, batch=500)


def test_mean_errors_are_found_and_agree() -> None:
    X, y = skewed()
    mean, above, below = regressor(right()).fit(X, y).predict_errors([[-0.5], [0.0], [0.5]])
    assert mean == pytest.approx([2 / np.e] * 3, rel=0.12)
    assert above == pytest.approx([1.0] * 3, rel=0.15)
    assert below == pytest.approx([1 / (np.e - 1)] * 3, rel=0.12)


def test_a_bias_shows() -> None:
    """Predictions 0.5 too low: r + 0.5; too right ones have hardly a gap."""
    X, y = skewed()
    low = FrozenEstimator(LinearRegression().fit([[0.0], [1.0]], [-0.5, 1.5]))
    gaps = [
        np.median(relative_gap(regressor(f).fit(X, y).predict_errors(X))) for f in (right(), low)
    ]
    assert gaps[0] < 0.1
    assert gaps[1] > 0.2
    biased = regressor(low).fit(X, y)
    assert np.median(biased.predict_uncertainty(X)) > 0.4


def test_intervals_hold_their_level_on_each_side() -> None:
    X, y = skewed(4000)
    method = SplitPointRegressor(
        right(), level=0.8, widths=(8,), schedule=Schedule(300, 2e-2, 0.0), batch=1000
    ).fit(X, y)
    new, wanted = skewed(4000, seed=1)
    low, high = method.predict_interval(new).T
    up = wanted > method.predict(new)
    assert (wanted <= high)[up].mean() == pytest.approx(0.8, abs=0.05)
    assert (wanted >= low)[~up].mean() == pytest.approx(0.8, abs=0.05)
    wide = method.predict_interval(new, widened=True)
    assert (wide[:, 0] <= low).all()
    assert (wide[:, 1] >= high).all()


def test_units() -> None:
    """Everything in the unit of y; a predictor moved with y sees no difference."""
    X, y = skewed(300)
    one = SplitPointRegressor(widths=(4,), schedule=BRIEF).fit(X, y)
    other = SplitPointRegressor(widths=(4,), schedule=BRIEF).fit(X, 100 * y + 7)
    assert other.predict_uncertainty(X) == pytest.approx(100 * one.predict_uncertainty(X))
    assert other.predict_aleatoric(X) == pytest.approx(100 * one.predict_aleatoric(X))
    assert other.predict_interval(X) == pytest.approx(100 * one.predict_interval(X) + 7)


def test_the_predictor_stays_and_the_seed_decides() -> None:
    X, y = skewed(200)
    frozen = right()
    method = SplitPointRegressor(frozen, widths=(4,), schedule=BRIEF).fit(X, y)
    assert method.estimator_ is frozen
    assert np.array_equal(method.predict(X), frozen.predict(X))
    again = SplitPointRegressor(frozen, widths=(4,), schedule=BRIEF).fit(X, y)
    other = SplitPointRegressor(frozen, widths=(4,), schedule=BRIEF, random_state=1).fit(X, y)
    assert np.array_equal(again.predict_uncertainty(X), method.predict_uncertainty(X))
    assert not np.array_equal(other.predict_uncertainty(X), method.predict_uncertainty(X))


def test_features_are_read() -> None:
    X, y = skewed(200)
    constant = SplitPointRegressor(
        right(), features=lambda X: np.zeros((len(X), 2)), widths=(4,), schedule=BRIEF
    ).fit(X, y)
    assert np.ptp(constant.predict_aleatoric(X)) == 0
    assert (
        np.ptp(SplitPointRegressor(widths=(4,), schedule=BRIEF).fit(X, y).predict_aleatoric(X)) > 0
    )


@pytest.mark.parametrize("up", [True, False])
def test_a_side_without_errors_is_unknown(up: bool) -> None:
    X = np.linspace(0, 1, 20)[:, None]
    y = 2 * X[:, 0] + (0.5 if up else -0.5)
    method = SplitPointRegressor(right(), widths=(4,), schedule=BRIEF).fit(X, y)
    assert (method.n_above_, method.n_below_) == ((20, 0) if up else (0, 20))
    low, high = method.predict_interval(X).T
    assert np.isnan(low).all() == up
    assert np.isnan(high).all() != up
    assert np.isnan(method.predict_uncertainty(X)).all()
    assert np.isnan(method.predict_interval(X, widened=True)[:, 0 if up else 1]).all()
    assert np.isfinite(method.predict_errors(X).mean).all()


def test_a_perfect_fit_has_no_error_above() -> None:
    X = np.arange(5.0)[:, None]
    method = SplitPointRegressor(right(), widths=(4,), schedule=BRIEF).fit(X, right().predict(X))
    assert method.n_above_ == 0
    assert np.isnan(method.predict_uncertainty(X)).all()


def test_bad_input_is_named() -> None:
    X, y = skewed(20)
    with pytest.raises(ValueError, match=r"level must lie inside \(0, 1\), got 1"):
        SplitPointRegressor(level=1).fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        SplitPointRegressor(schedule=BRIEF).fit(X, np.append(y[:-1], np.nan))
    with pytest.raises(NotFittedError):
        SplitPointRegressor().predict_interval(X)
    with pytest.raises(NotFittedError):
        SplitPointClassifier().predict_uncertainty(X)
    known = FrozenEstimator(LogisticRegression().fit(X, np.arange(20) % 2))
    with pytest.raises(ValueError, match="does not know the class 2"):
        SplitPointClassifier(known, schedule=BRIEF).fit(X, np.arange(20) % 3)


def test_a_classifier_that_is_off_is_found() -> None:
    """It says (.9, .1) everywhere. Where the truth is (.9, .1) too, the means are .18 each.

    Where it is (.5, .5) they are .9 * .5 + .1 * .5 = .5, hence a score of .32 * 2 = .64, and the
    correction finds (.5, .5).
    """
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], size=(4000, 1))
    y = (rng.random(4000) < np.where(X[:, 0] < 0, 0.1, 0.5)).astype(int)
    fixed = FrozenEstimator(DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), [0] * 9 + [1]))
    method = SplitPointClassifier(fixed, widths=(4,), schedule=SHORT, batch=4000).fit(X, y)
    at = [[-1.0], [1.0]]
    assert method.predict_uncertainty(at) == pytest.approx([0, 0.64], abs=0.06)
    assert method.predict_corrected(at) == pytest.approx(
        np.array([[0.9, 0.1], [0.5, 0.5]]), abs=0.05
    )
    entropy = [-(0.9 * np.log(0.9) + 0.1 * np.log(0.1)), np.log(2)]
    assert method.predict_aleatoric(at) == pytest.approx(entropy, abs=0.08)
    assert method.predict_proba(at).tolist() == [[0.9, 0.1]] * 2
    assert method.predict(at).tolist() == [0, 0]


def test_one_class_and_words() -> None:
    X, _ = skewed(12)
    one = SplitPointClassifier(DummyClassifier(), widths=(4,), schedule=BRIEF).fit(X, ["a"] * 12)
    assert one.predict_proba(X).tolist() == [[1.0]] * 12
    assert one.predict(X[:1]).tolist() == ["a"]
    assert np.isfinite(one.predict_uncertainty(X)).all()


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_penultimate_features_rebuild_the_network(activation: str) -> None:
    """Its last layer on them gives its own predictions."""
    X, y = skewed(60)
    with np.errstate(all="ignore"):
        net = MLPRegressor(
            hidden_layer_sizes=(5, 3),
            activation=activation,
            solver="lbfgs",
            max_iter=2000,
            tol=1e-1,
        ).fit(X, y)
    hidden = penultimate(net, X)
    assert hidden.shape == (60, 3)
    assert (hidden @ net.coefs_[-1] + net.intercepts_[-1])[:, 0] == pytest.approx(net.predict(X))
    with pytest.raises(NotFittedError):
        penultimate(MLPClassifier(), X)


@pytest.mark.parametrize("make", [SplitPointRegressor, SplitPointClassifier])
def test_saved_heads_say_the_same(make, tmp_path) -> None:
    X, y = make_blobs(40, centers=3, random_state=0)
    method = make(widths=(4, 3), schedule=BRIEF).fit(X, y)
    path = tmp_path / "heads.safetensors"
    save_heads(path, method.heads_)
    before = method.predict_uncertainty(X)
    method.heads_ = load_heads(path)
    assert np.array_equal(method.predict_uncertainty(X), before)


def test_heads_on_penultimate_features() -> None:
    X, y = make_blobs(60, centers=2, random_state=0)
    net = MLPClassifier(hidden_layer_sizes=(6,), solver="lbfgs", random_state=0).fit(X, y)
    method = SplitPointClassifier(
        FrozenEstimator(net), features=partial(penultimate, net), widths=(4,), schedule=BRIEF
    ).fit(X, y)
    assert method.heads_.centre.shape == (6,)
    assert method.predict_uncertainty(X).shape == (60,)
