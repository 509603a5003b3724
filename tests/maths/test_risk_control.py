"""The one step behind every promise on a mean loss: numbers by hand, and its three forms agree."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.maths.risk_control import corrected_risk, first_safe, least_safe, safe_threshold


def test_corrected_risk_by_hand() -> None:
    # (0 + 1 + 0.5 + 1) / 4 = 0.625; with bound 2: (1.5 + 2) / 4
    assert corrected_risk([0, 1, 0.5]) == pytest.approx(0.625)
    assert corrected_risk([0, 1, 0.5], 2.0) == pytest.approx(0.875)
    # without items only the worst is left
    assert corrected_risk(np.zeros((0, 2)), 3.0).tolist() == [3.0, 3.0]


def test_first_safe_by_hand() -> None:
    losses = [[1.0, 0.6, 0.2, 0.0], [1.0, 1.0, 0.4, 0.1], [0.8, 0.2, 0.0, 0.0]]
    # corrected: 3.8 / 4, 2.8 / 4, 1.6 / 4, 1.1 / 4
    assert first_safe(losses, 0.95) == 0
    assert first_safe(losses, 0.94) == 1
    assert first_safe(losses, 0.4) == 2
    assert first_safe(losses, 0.275) == 3
    assert first_safe(losses, 0.27) == 4  # none
    # a larger bound costs (2 - 1) / 4 more
    assert first_safe(losses, 0.4, 2.0) == 4
    assert first_safe(losses, 0.65, 2.0) == 2


def test_equality_counts_as_safe_in_spite_of_rounding() -> None:
    # (0.1 + 0.1 + 0.1 + 1) / 4 is 0.325 up to the last bit, whatever the order of the sum
    for alpha in (0.325, np.nextafter(0.325, 0)):
        assert first_safe([[0.1], [0.1], [0.1]], alpha) == 0
    assert first_safe([[0.1], [0.1], [0.1]], 0.3249) == 1


def test_safe_threshold_by_hand() -> None:
    breaks = [0.5, 0.1, np.inf, 0.3]
    # (4 + 1) alpha = 1, 2, 3, 4: the first to fourth smallest
    for alpha, found in ((0.2, 0.1), (0.4, 0.3), (0.6, 0.5), (0.8, np.inf)):
        assert safe_threshold(breaks, alpha) == found
    assert safe_threshold(breaks, 0.39) == 0.1
    assert safe_threshold(breaks, 0.19) == -np.inf
    assert safe_threshold([], 0.5) == -np.inf


values = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5, math.inf]), min_size=0, max_size=12)


@given(values, st.integers(1, 19))
def test_all_forms_find_the_same(breaks: list[float], twentieths: int) -> None:
    """Setting -t for the threshold t; ties, infinite breaks and no item at all among them."""
    alpha = twentieths / 20
    array = np.array(breaks)
    thresholds = np.array([math.inf, 0.5, 0.4, 0.3, 0.2, 0.1, -math.inf])  # more careful on
    table = (array[:, None] < thresholds).astype(float)
    place = first_safe(table, alpha)
    threshold = thresholds[place] if place < len(thresholds) else -math.inf
    assert safe_threshold(array, alpha) == threshold
    setting = least_safe(lambda s: (array < -s).astype(float), alpha, low=-1.0, high=0.0)
    # at -1 every finite break lies below the threshold 1, at 0 none does
    expected = {math.inf: -1.0, -math.inf: math.inf}.get(threshold, -threshold)
    assert setting == pytest.approx(expected, abs=1e-12)


def test_bisection_ends_on_the_safe_side() -> None:
    # losses 1 - s: (2 (1 - s) + 1) / 3 <= 0.5 from s = 0.75 on
    found = least_safe(lambda s: [1 - s, 1 - s], 0.5, low=0.0, high=1.0)
    assert found == pytest.approx(0.75, abs=1e-11)
    assert least_safe(lambda s: [1 - s, 1 - s], 0.5, low=0.8, high=1.0) == 0.8
    assert least_safe(lambda s: [0.0 * s] * 9, 0.1, low=0.0, high=1.0) == 0.0
    assert least_safe(lambda s: [1 - s, 1 - s], 0.3, low=0.0, high=1.0) == math.inf
    # a jump at 0.3, safe from there on and not before
    jump = least_safe(lambda s: [float(s < 0.3)] * 9, 0.1, low=0.0, high=1.0)
    assert 0.3 <= jump <= 0.3 + 1e-12


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([[0.1, 0.2]], "rises"),
        ([[2.0, 0.2]], "above the bound"),
        ([[math.nan, 0.2]], "1 NaN"),
        ([0.1, 0.2], r"\[n, L\] needed"),
    ],
)
def test_bad_losses_are_named(losses: list, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        first_safe(losses, 0.1)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"the number 0\.5"):
        corrected_risk(0.5)
    with pytest.raises(ValueError, match="alpha"):
        safe_threshold([0.1], 1.0)
    with pytest.raises(ValueError, match="NaN"):
        safe_threshold([0.1, math.nan], 0.5)
