"""BayesCap: the cap begins at the identity, finds a law of errors, and leaves the model alone."""

import json
import math

import numpy as np
import pytest
import torch
from scipy.stats import gennorm
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.calibrate import BayesCap, CapLoss, load_heads, save_heads
from dubito.calibrate.cap import Cap
from dubito.maths.ranks import spearman
from dubito.nn.generalised_gaussian import linear_surrogate
from dubito.nn.kept import save_arrays
from dubito.nn.tiny_training import Schedule

BRIEF = Schedule(steps=5, rate=1e-2, weight_decay=0.0)
SHORT = Schedule(steps=300, rate=1e-2, weight_decay=0.0)


@parametrize_with_checks([BayesCap(widths=(4,), schedule=BRIEF)])
def test_scikit_learn(estimator, check) -> None:
    check(estimator)


def identity(dimensions: int = 1) -> FrozenEstimator:
    """A frozen model that says its input."""
    points = np.vstack([np.eye(dimensions), np.zeros(dimensions)])
    said = points if dimensions > 1 else points[:, 0]
    return FrozenEstimator(LinearRegression().fit(points, said))


def growing(n: int = 2000, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """y = x + Laplace noise of scale x, x in [0.2, 2]."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.2, 2, n)
    return x[:, None], x + x * rng.laplace(size=n)


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def cap() -> Cap:
    return Cap(t(1.0, -2.0), t(2.0, 0.5), widths=(3,), seed=0)


def test_a_new_cap_repeats_its_input() -> None:
    x = t(0.3, 7.0)[None]
    said = cap()(x)
    assert torch.equal(said.output, x)
    assert (said.inverse_scale > 0).all()
    assert (said.shape > 0).all()


def test_loss_by_hand() -> None:
    """Heads at 0: a = ln 2 / spread, b = ln 2 + .01, output repeated.

    Only the likelihood: error of 1 spread, so u = ln 2 + 1e-5, and u^b - ln(a b / 2) + ln G(1/b).
    """
    model = Cap(t(0.0), t(2.0), widths=(), seed=0)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    a, b = (math.log(2) + 1e-5) / 2, math.log(2) + 0.01
    nll = -gennorm(b, scale=1 / a).logpdf(2.0)
    got = CapLoss()(model, t(3.0)[None], t(5.0)[None]).item()
    assert got == pytest.approx(0.05 * nll)
    with torch.no_grad():
        model.network[-1].bias[0] = 0.5  # output 4: half a spread from 3, half of it from 5
    got = CapLoss(identity=0.7)(model, t(3.0)[None], t(5.0)[None]).item()
    assert got == pytest.approx(0.7 * 0.5 - 0.05 * gennorm(b, scale=1 / a).logpdf(1.0))


def test_without_likelihood_only_the_output_learns() -> None:
    model = cap()
    CapLoss(likelihood=0.0)(model, t(0.3, 7.0)[None] + 1, t(0.0, 0.0)[None]).backward()
    last = model.network[-1]
    assert (last.bias.grad[2:] == 0).all()
    assert (last.weight.grad[2:] == 0).all()
    X, y = growing(50)
    method = BayesCap(identity(), loss=CapLoss(likelihood=0.0), schedule=BRIEF).fit(X, y)
    assert np.array_equal(method.predict_error(X).output, method.predict(X))


def test_the_law_of_the_errors_is_found() -> None:
    """Scale x and shape 1 at the output x: variance 2 x^2, and intervals that hold their level."""
    X, y = growing(4000)
    method = BayesCap(identity(), widths=(16,), schedule=SHORT, batch=1000).fit(X, y)
    at = np.array([[0.5], [1.0], [1.8]])
    assert method.predict_variance(at) == pytest.approx(2 * at[:, 0] ** 2, rel=0.3)
    new, wanted = growing(4000, seed=1)
    for level in (0.2, 0.5, 0.9):
        low, high = method.predict_interval(new, level=level).T
        assert ((low <= wanted) & (wanted <= high)).mean() == pytest.approx(level, abs=0.03)
    assert spearman(method.predict_variance(new), new[:, 0]) > 0.95


def test_interval_is_scipys() -> None:
    X, y = growing(60)
    method = BayesCap(identity(), widths=(4,), schedule=BRIEF).fit(X, y)
    output, scale, shape = method.predict_error(X)
    low, high = gennorm(shape, loc=output, scale=scale).interval(0.7)
    assert method.predict_interval(X, level=0.7) == pytest.approx(np.column_stack([low, high]))
    assert method.predict_variance(X) == pytest.approx(gennorm(shape, scale=scale).var())


def test_the_cap_sees_nothing_of_the_input() -> None:
    """Two inputs with one output have one doubt; the model is the one that was given."""
    frozen = FrozenEstimator(LinearRegression().fit([[0, 0], [1, 0], [0, 1]], [0, 1, 1]))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    method = BayesCap(frozen, schedule=BRIEF).fit(X, X.sum(axis=1) + rng.normal(size=50))
    assert method.estimator_ is frozen
    same = method.predict_variance([[3.0, -1.0], [-4.0, 6.0], [0.0, 0.0]])
    assert same[0] == pytest.approx(same[1], rel=1e-9)
    assert same[0] != same[2]
    assert np.array_equal(method.predict(X), frozen.predict(X))


def test_units_and_seed() -> None:
    X, y = growing(200)
    one = BayesCap(widths=(4,), schedule=BRIEF).fit(X, y)
    other = BayesCap(widths=(4,), schedule=BRIEF).fit(X, 1000 * y - 5)
    assert other.predict_variance(X) == pytest.approx(1e6 * one.predict_variance(X), rel=1e-6)
    again = BayesCap(widths=(4,), schedule=BRIEF).fit(X, y)
    assert np.array_equal(again.predict_variance(X), one.predict_variance(X))
    seeded = BayesCap(widths=(4,), schedule=BRIEF, random_state=1).fit(X, y)
    assert not np.array_equal(seeded.predict_variance(X), one.predict_variance(X))


def test_several_outputs_have_a_variance_each() -> None:
    """Noise of deviation .1 on the first of two, 1 on the second."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 2))
    Y = X + rng.normal(size=(1000, 2)) * [0.1, 1.0]
    method = BayesCap(identity(2), widths=(8,), schedule=SHORT).fit(X, Y)
    variance = method.predict_variance(X)
    assert variance.shape == (1000, 2)
    assert variance.mean(axis=0) == pytest.approx([0.01, 1.0], rel=0.35)
    assert method.predict_interval(X).shape == (1000, 2, 2)


def test_the_surrogate_is_another_loss() -> None:
    X, y = growing(100)
    power = BayesCap(identity(), schedule=BRIEF).fit(X, y)
    linear = BayesCap(identity(), schedule=BRIEF, loss=CapLoss(law=linear_surrogate)).fit(X, y)
    assert not np.array_equal(power.predict_variance(X), linear.predict_variance(X))


def test_edges() -> None:
    constant = BayesCap(schedule=BRIEF).fit([[0.0], [1.0]], [3.0, 3.0])
    assert np.isfinite(constant.predict_variance([[0.5]])).all()
    one = BayesCap(identity(), schedule=BRIEF).fit([[1.0]], [2.0])
    assert one.predict_variance([[1.0]])[0] > 0


def test_bad_input_is_named() -> None:
    X, y = growing(20)
    with pytest.raises(ValueError, match="not both 0"):
        CapLoss(identity=0.0, likelihood=0.0)
    with pytest.raises(ValueError, match="at least 0"):
        CapLoss(identity=-1.0)
    with pytest.raises(NotFittedError):
        BayesCap().predict_variance(X)
    method = BayesCap(identity(), schedule=BRIEF).fit(X, y)
    with pytest.raises(ValueError, match=r"level must lie inside \(0, 1\), got 0"):
        method.predict_interval(X, level=0)
    with pytest.raises(ValueError, match="NaN"):
        method.fit(np.append(X, [[math.nan]])[:, None], np.append(y, 0.0))


def test_a_saved_cap_says_the_same(tmp_path) -> None:
    X, y = growing(40)
    method = BayesCap(identity(), widths=(4,), schedule=BRIEF).fit(X, y)
    path = tmp_path / "cap.safetensors"
    save_heads(path, method.cap_)
    before = method.predict_variance(X)
    method.cap_ = load_heads(path)
    assert np.array_equal(method.predict_variance(X), before)
    arrays = {"centre": np.zeros(1), "spread": np.ones(1)}
    save_arrays(path, "dubito.heads", json.loads('{"class": "Hat", "options": {}}'), arrays)
    with pytest.raises(ValueError, match="'Hat'"):
        load_heads(path)
