"""What every calibrator of the room promises, over METHODS."""

import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_predict

import dubito.calibrate
from dubito.bench.metrics import log_loss
from dubito.calibrate import METHODS, load_curve, save_curve
from dubito.method import Method

# Curves of one doubt; what the room holds beside them (sets, heads) has tests of its own.
CURVES = [m for m in METHODS if m.id in ("platt", "isotonic", "beta", "logistic-combination")]
each = pytest.mark.parametrize("method", CURVES, ids=lambda m: m.id)


def world(n: int = 200, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Doubt [N, 1] and right [N] with P(right) = expit(1 - doubt)."""
    rng = np.random.default_rng(seed)
    doubt = rng.normal(1, 2, n)
    return doubt[:, None], (rng.random(n) < 1 / (1 + np.exp(doubt - 1))).astype(int)


@each
def test_probabilities_are_inside_and_add_up(method: Method) -> None:
    X, y = world()
    far = np.array([[-1e9], [-math.inf], [0.0], [math.inf], [1e9]])
    p = method.make().fit(X, y).predict_proba(np.vstack([X, far]))
    assert p.shape == (205, 2)
    assert p.sum(axis=1) == pytest.approx(1)
    assert ((p > 0) & (p < 1)).all()


@each
def test_more_doubt_never_has_more_confidence(method: Method) -> None:
    X, y = world()
    grid = np.linspace(X.min() - 1, X.max() + 1, 200)[:, None]
    p = method.make().fit(X, y).predict_proba(grid)[:, 1]
    assert (np.diff(p) <= 1e-12).all()
    assert p[0] - p[-1] > 0.5


@each
def test_calibration_beats_the_base_rate_on_new_answers(method: Method) -> None:
    (X, y), (new, right) = world(400), world(2000, seed=1)
    got = log_loss(method.make().fit(X, y).predict_proba(new)[:, 1], right)
    truth = log_loss(1 / (1 + np.exp(new[:, 0] - 1)), right)
    constant = log_loss(np.full(2000, y.mean()), right)
    assert got < truth + 0.2 * (constant - truth)


@each
def test_scale_and_shift_of_the_doubt_do_not_matter(method: Method) -> None:
    X, y = world()
    plain = method.make().fit(X, y).predict_proba(X)
    moved = method.make().fit(1e4 * X - 3e5, y).predict_proba(1e4 * X - 3e5)
    assert moved == pytest.approx(plain, abs=1e-6)


@each
def test_order_of_rows_does_not_matter(method: Method) -> None:
    X, y = world()
    order = np.random.default_rng(0).permutation(len(y))
    assert method.make().fit(X[order], y[order]).predict_proba(X) == pytest.approx(
        method.make().fit(X, y).predict_proba(X), abs=1e-9
    )


@each
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("n", [1, 2, 10])
def test_one_class_is_a_smoothed_constant(method: Method, label: int, n: int) -> None:
    X = np.arange(float(n))[:, None]
    p = method.make().fit(X, np.full(n, label)).predict_proba([[-5.0], [0.0], [99.0]])[:, 1]
    expected = (n + 1) / (n + 2) if label else 1 / (n + 2)
    assert p == pytest.approx([expected] * 3, abs=1e-8)


@each
def test_ten_labels_split_cleanly_stay_finite(method: Method) -> None:
    X, y = np.arange(10.0)[:, None], (np.arange(10) < 5).astype(int)
    p = method.make().fit(X, y).predict_proba(X)[:, 1]
    assert p[0] > 0.75
    assert p[-1] < 0.25
    assert ((p > 0.001) & (p < 0.999)).all()


@each
def test_equal_doubts_have_their_own_rate(method: Method) -> None:
    X, y = np.zeros((8, 1)) + 0.1, np.array([1, 1, 1, 0, 1, 1, 0, 0])
    # targets: 5 of 6/7, 3 of 1/5: mean 171/280
    assert method.make().fit(X, y).predict_proba(X)[:, 1] == pytest.approx(
        [(5 * 6 / 7 + 3 / 5) / 8] * 8
    )


@each
def test_saved_numbers_answer_alike(method: Method) -> None:
    X, y = world(50)
    fitted = method.make().fit(X, y)
    saved = json.loads(json.dumps(fitted.to_json(), allow_nan=False))
    probe = np.array([[-math.inf], [-9.0], [0.3], [9.0], [math.inf], [math.nan]])
    curve = load_curve(saved)
    known = probe[:-1] if method.id != "logistic-combination" else probe
    applied = curve(known if method.id == "logistic-combination" else known[:, 0])
    assert np.array_equal(applied, fitted.predict_proba(known)[:, 1])
    assert save_curve(curve) == fitted.to_json()


@each
def test_scikit_learn_can_use_it(method: Method) -> None:
    X, y = world(60)
    calibrator = method.make()
    assert is_classifier(calibrator)
    assert clone(calibrator).get_params() == calibrator.get_params()
    folds = cross_val_predict(calibrator, X, y, cv=3, method="predict_proba")
    assert folds.shape == (60, 2)
    fitted = calibrator.fit(X, y)
    assert fitted is calibrator
    assert set(fitted.predict(X)) <= set(fitted.classes_)
    assert np.array_equal(fitted.predict(X), fitted.predict_proba(X)[:, 1] >= 0.5)


@each
def test_a_flat_array_is_one_column(method: Method) -> None:
    X, y = world(40)
    flat = method.make().fit(X[:, 0], y).predict_proba(X[:, 0])
    assert np.array_equal(flat, method.make().fit(X, y).predict_proba(X))


@each
def test_bad_input_is_named(method: Method) -> None:
    calibrator = method.make()
    with pytest.raises(NotFittedError):
        calibrator.predict_proba([[1.0]])
    with pytest.raises(NotFittedError):
        calibrator.to_json()
    with pytest.raises(ValueError, match="got 2"):
        calibrator.fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(ValueError, match="one label for each of 2 rows"):
        calibrator.fit([[1.0], [2.0]], [1])
    with pytest.raises(ValueError, match="row"):
        calibrator.fit(np.zeros((0, 1)), [])
    with pytest.raises(ValueError, match="shape"):
        calibrator.fit(np.zeros((2, 1, 1)), [0, 1])


@each
def test_the_paper_is_in_the_bibliography(method: Method) -> None:
    path = Path(dubito.calibrate.__file__).parents[1] / "bibliography.toml"
    assert method.paper in tomllib.loads(path.read_text())


@pytest.mark.parametrize("name", ["Platt", "Isotonic", "Beta", "LogisticCombination"])
def test_classes_are_found_when_asked_for(name: str) -> None:
    assert callable(getattr(dubito.calibrate, name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Plat"):
        _ = dubito.calibrate.Plat


def test_the_room_opens_without_scikit_learn() -> None:
    """A saved curve is applied with neither scikit-learn nor the fitting code."""
    script = """
import sys
sys.modules["sklearn"] = None
import numpy as np
from dubito.calibrate import load_curve
curve = load_curve({"curve": "Sigmoid", "slope": -1.0, "intercept": 0.0, "low": 0.0, "high": 1.0})
assert curve(np.array([0.0]))[0] == 0.5
import dubito.calibrate
try:
    dubito.calibrate.Platt
except ImportError as error:
    assert "dubito[calibrate]" in str(error), error
else:
    raise SystemExit("Platt without scikit-learn")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


GOOD = {"curve": "Sigmoid", "slope": -1.0, "intercept": 0.0, "low": 0.0, "high": 1.0}


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({}, "names one of"),
        (GOOD | {"curve": "Sigmoidal"}, "names one of"),
        (GOOD | {"extra": 1}, "extra"),
        ({k: v for k, v in GOOD.items() if k != "slope"}, "has"),
        (GOOD | {"slope": math.nan}, "slope"),
    ],
)
def test_a_broken_file_is_refused(saved: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_curve(saved)
