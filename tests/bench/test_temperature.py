"""TSU: by hand, constants, ties, bad input."""

import math

import numpy as np
import pytest

from dubito.bench.metrics.temperature import temperature_sensitivity


def test_by_hand() -> None:
    """Rises throughout; rises and falls; ties once; falls: 1 of 4, and 3 of 4 for the first two."""
    doubts = np.array([[1, 2, 3], [1, 3, 2], [1, 2, 2], [3, 2, 1]])
    assert temperature_sensitivity(doubts) == 0.25
    assert temperature_sensitivity(doubts[:, :2]) == 0.75


def test_a_constant_has_none_and_scale_does_not_matter() -> None:
    assert temperature_sensitivity(np.ones((5, 3))) == 0
    doubts = np.random.default_rng(0).normal(size=(50, 2))
    assert temperature_sensitivity(np.exp(doubts)) == temperature_sensitivity(doubts)
    both = temperature_sensitivity(doubts) + temperature_sensitivity(doubts[:, ::-1])
    assert both == pytest.approx(1)  # without ties


def test_infinite_doubts_have_an_order() -> None:
    assert temperature_sensitivity([[1, math.inf], [math.inf, math.inf]]) == 0.5


def test_bad_input() -> None:
    assert math.isnan(temperature_sensitivity(np.empty((0, 2))))
    with pytest.raises(ValueError, match="shape"):
        temperature_sensitivity([[1.0], [2.0]])
    with pytest.raises(ValueError, match="1 of 2 questions have a NaN"):
        temperature_sensitivity([[1.0, math.nan], [1.0, 2.0]])
