"""A setting of bounded mean loss: by hand, from a grid and from a function, saved and loaded."""

import json
import math

import numpy as np
import pytest

from dubito.calibrate import ConformalRiskControl


def test_a_setting_by_hand() -> None:
    # sums 2.4, 1.2, 0.3 over 4 items: corrected (2.4 + 1) / 5 = 0.68, 0.44, 0.26
    losses = [[1.0, 0.6, 0.1], [0.8, 0.4, 0.1], [0.6, 0.2, 0.1], [0.0, 0.0, 0.0]]
    for alpha, setting, risk in ((0.7, 1.0, 0.68), (0.5, 2.5, 0.44), (0.3, 7.0, 0.26)):
        control = ConformalRiskControl(alpha=alpha).fit(losses, [1.0, 2.5, 7.0])
        assert control.setting_ == setting
        assert control.risk_ == pytest.approx(risk)
        assert control.n_ == 4
    # (1.2 + 4) / 5 = 1.04, (0.3 + 4) / 5 = 0.86
    large = ConformalRiskControl(alpha=1, bound=4).fit(losses, [1.0, 2.5, 7.0])
    assert large.setting_ == 7.0
    assert large.risk_ == pytest.approx(0.86)


def test_none_is_safe_with_too_few_items() -> None:
    """Even without a loss (0 + 1) / (n + 1) is above 0.1 for n = 8, and is 0.1 for n = 9."""
    few = ConformalRiskControl().fit(np.zeros((8, 2)), [0, 1])
    assert few.setting_ == math.inf
    assert math.isnan(few.risk_)
    assert ConformalRiskControl().fit(np.zeros((9, 2)), [0, 1]).setting_ == 0
    assert ConformalRiskControl().fit(np.zeros((0, 2)), [0, 1]).setting_ == math.inf


def test_a_function_is_searched_as_a_fine_grid_is() -> None:
    need = np.random.default_rng(0).uniform(0, 5, 60)  # items are fine from their setting on

    def loss(setting: float) -> np.ndarray:
        return np.clip((need - setting) / 5, 0, 1)

    grid = np.linspace(0, 5, 2001)
    table = np.stack([loss(g) for g in grid], axis=1)
    coarse = ConformalRiskControl().fit(table, grid).setting_
    fine = ConformalRiskControl().search(loss, low=0.0, high=5.0)
    assert coarse - 5 / 2000 < fine.setting_ <= coarse
    assert fine.risk_ == pytest.approx(0.1, abs=1e-9)
    assert ConformalRiskControl().search(loss, low=0.0, high=0.5).setting_ == math.inf
    assert fine.n_ == 60


def test_order_of_items_and_a_rescaled_loss_change_nothing() -> None:
    rng = np.random.default_rng(1)
    table = np.sort(rng.random((40, 9)), axis=1)[:, ::-1] * np.linspace(1, 0, 9)
    plain = ConformalRiskControl(alpha=0.2).fit(table, range(9))
    assert 0 < plain.setting_ < 8
    shuffled = ConformalRiskControl(alpha=0.2).fit(table[rng.permutation(40)], range(9))
    scaled = ConformalRiskControl(alpha=0.6, bound=3).fit(3 * table, range(9))
    assert shuffled.setting_ == scaled.setting_ == plain.setting_


@pytest.mark.parametrize("items", [4, 40])
def test_saved_numbers_come_back(items: int) -> None:
    control = ConformalRiskControl(alpha=0.15, bound=2.0).fit(np.zeros((items, 1)), [0.1])
    loaded = ConformalRiskControl.from_json(
        json.loads(json.dumps(control.to_json(), allow_nan=False))
    )
    assert (loaded.alpha, loaded.bound, loaded.setting_) == (0.15, 2.0, control.setting_)
    assert (control.setting_ == 0.1) == (items == 40)


def test_bad_input_is_named() -> None:
    for options in ({"alpha": 0.0}, {"alpha": 1.0}, {"bound": 0.05}, {"bound": math.inf}):
        with pytest.raises(ValueError, match="0 < alpha < bound"):
            ConformalRiskControl(**options)
    for losses, grid in (([[0.1, 0.0]], [1]), ([[0.1, 0.0]], [2, 1]), ([0.1, 0.0], [1, 2])):
        with pytest.raises(ValueError, match="a rising setting for each column"):
            ConformalRiskControl().fit(losses, grid)
    with pytest.raises(ValueError, match="rises"):
        ConformalRiskControl().fit([[0.1, 0.2]], [1, 2])
