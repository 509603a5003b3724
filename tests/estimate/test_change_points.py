"""Change points: against scipy's multivariate t over all segmentations, limits, laws."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.stats import multivariate_t

from dubito.estimate.asked.change_points import PiecewiseModel

STEP = np.repeat([0.0, 0.5], [8, 12])


def by_scipy(model: PiecewiseModel, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The posterior by enumeration: y is multivariate t, 2 df, shape noise^2 (I + g X X')."""
    size, g = len(y), (model.spread / model.noise) ** 2
    logs = []
    for m in range(model.most + 1):
        rows = {}
        for cuts in combinations(range(1, size), m):
            edges = [0, *cuts, size]
            lengths = np.diff(edges)
            if lengths.min() < model.shortest:
                continue
            x = block_diag(*[design(n, slope=model.slope) for n in lengths])
            shape = model.noise**2 * (np.eye(size) + g * x @ x.T)
            rows[cuts] = multivariate_t.logpdf(y, shape=shape, df=2)
        logs.append(rows)
    each = np.array([np.logaddexp.reduce([*r.values()]) - math.log(len(r)) for r in logs])
    number = np.exp(each - np.logaddexp.reduce(each))
    place = np.zeros(size)
    for m, rows in enumerate(logs):
        for cuts, v in rows.items():
            share = math.exp(v - np.logaddexp.reduce([*rows.values()])) * number[m]
            place[list(cuts)] += share
    factor = np.logaddexp.reduce(each[1:]) - math.log(model.most) - each[0]
    return number, place, float(factor)


def design(n: int, *, slope: bool) -> np.ndarray:
    """A column of ones, and the line from -1 to 1."""
    columns = [np.ones(n), np.linspace(-1, 1, n)]
    return np.column_stack(columns if slope else columns[:1])


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("most", [1, 2])
def test_against_all_segmentations(slope: bool, most: int) -> None:
    """IG(1, b) on the variance makes t with 2 df and scale b."""
    rng = np.random.default_rng(1)
    y = np.concatenate([0.1 * np.ones(5), 0.25 + 0.02 * np.arange(6)]) + rng.normal(0, 0.04, 11)
    model = PiecewiseModel(most=most, slope=slope)
    number, place, factor = by_scipy(model, y)
    found = model(y)
    np.testing.assert_allclose(found.number, number, rtol=1e-8)
    np.testing.assert_allclose(found.place, place, rtol=1e-8)
    assert found.log_bayes_factor == pytest.approx(factor)


def test_a_step_is_found_where_it_is() -> None:
    found = PiecewiseModel()(STEP + np.random.default_rng(0).normal(0, 0.05, 20))
    assert found.place.argmax() == 8
    assert found.place[8] > 0.9
    assert found.log_bayes_factor > math.log(100)


def test_nothing_is_found_in_noise() -> None:
    """Bayes factor below 1 in at least 90 of 100 constant series of 20."""
    rng = np.random.default_rng(0)
    below = [PiecewiseModel()(rng.normal(0.1, 0.05, 20)).log_bayes_factor < 0 for _ in range(100)]
    assert np.mean(below) >= 0.9
    assert PiecewiseModel()(np.zeros(20)).log_bayes_factor < 0


def test_two_steps() -> None:
    y = np.repeat([0.0, 0.5, 0.1], 6) + np.random.default_rng(0).normal(0, 0.02, 18)
    found = PiecewiseModel()(y)
    assert found.number[2] > 0.9
    assert set(np.argsort(found.place)[-2:]) == {6, 12}


def test_a_line_is_no_step_for_lines() -> None:
    y = np.linspace(0, 1, 20) + np.random.default_rng(0).normal(0, 0.02, 20)
    assert PiecewiseModel()(y).log_bayes_factor > 10
    assert PiecewiseModel(slope=True)(y).log_bayes_factor < 0


def test_laws() -> None:
    """Posteriors sum to 1 and to the expected number; backwards, places mirror."""
    y = STEP + np.random.default_rng(5).normal(0, 0.1, 20)
    found, turned = PiecewiseModel()(y), PiecewiseModel()(y[::-1])
    assert found.number.sum() == pytest.approx(1)
    assert found.place.sum() == pytest.approx(found.number @ np.arange(3))
    np.testing.assert_allclose(found.number, turned.number)
    np.testing.assert_allclose(found.place[1:], turned.place[:0:-1], atol=1e-12)


def test_segments_are_not_too_short() -> None:
    """Six values, three a segment: one cut at 3, and no room for two."""
    found = PiecewiseModel()([0, 0, 0, 1, 1, 1])
    assert len(found.number) == 2
    np.testing.assert_array_equal(np.flatnonzero(found.place), [3])


@pytest.mark.parametrize("y", [[0.0] * 5, [[0.0] * 9], [np.nan] * 9])
def test_bad_series_are_refused(y: list) -> None:
    with pytest.raises(ValueError, match="at least 6 finite"):
        PiecewiseModel()(y)


@pytest.mark.parametrize(
    "options", [{"most": 3}, {"shortest": 0}, {"shortest": 1, "slope": True}, {"noise": 0.0}]
)
def test_bad_options_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match=r"got|above 0"):
        PiecewiseModel(**options)
