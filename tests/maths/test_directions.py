"""Directions: by hand, and against what Euclid says of unit rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from dubito.maths.directions import ROWS, mean_best_cosine, nearest_by_cosine, unit_rows

# At 0, 10, 90 and 100 degrees, of different lengths.
ANGLES = np.radians([0, 10, 90, 100])
FAN = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1) * [[1], [9], [0.1], [3]]


def test_lengths_are_one_and_directions_stay() -> None:
    assert unit_rows([[3.0, 4], [0, -2]]).tolist() == [[0.6, 0.8], [0, -1]]


def test_nearest_by_hand() -> None:
    """From 0 degrees: 10, 90, 100. From 90 degrees: 100 is 10 away, 10 is 80, 0 is 90."""
    found = nearest_by_cosine(FAN, 3, np.array([0, 2]))
    assert found.tolist() == [[1, 2, 3], [3, 1, 0]]
    assert nearest_by_cosine(FAN, 1, np.array([3])).tolist() == [[2]]
    assert nearest_by_cosine(FAN, 0, np.array([3, 1])).shape == (2, 0)


def test_a_copy_is_a_neighbour_and_one_is_not_ones_own() -> None:
    rows = np.array([[1.0, 0], [2, 0], [0, 1]])
    assert nearest_by_cosine(rows, 2, np.arange(3)).tolist() == [[1, 2], [0, 2], [0, 1]]


def test_nearest_as_euclid_says_of_unit_rows() -> None:
    """Also of more rows than are compared at once."""
    rows = np.random.default_rng(0).normal(size=(ROWS + 50, 5))
    far = cdist(unit_rows(rows), unit_rows(rows))
    np.fill_diagonal(far, np.inf)
    asked = np.arange(len(rows))[::-1]
    found = nearest_by_cosine(rows, 4, asked)
    np.testing.assert_array_equal(found, np.argsort(far, axis=1)[asked, :4])


def test_the_best_cosine_by_hand() -> None:
    """(1, 0) is covered by itself, (0, 1) at 60 degrees by cos 60 = .5: mean .75.

    The other way (1, 0) is covered, (sin 60, cos 60) by cos 30 = .8660: .9330.
    """
    two = np.array([[1.0, 0], [0, 2]])
    others = np.array([[5.0, 0], [np.sin(np.pi / 3), np.cos(np.pi / 3)]])
    assert mean_best_cosine(two, others) == pytest.approx(0.75)
    assert mean_best_cosine(others, two) == pytest.approx((1 + np.sqrt(3) / 2) / 2)
    assert mean_best_cosine(two, two) == pytest.approx(1)


def test_of_many_equals_the_first_are_taken() -> None:
    """Forty rows alike: the first five others of the last row, and of the first."""
    found = nearest_by_cosine(np.ones((40, 2)), 5, np.array([39, 0]))
    assert found.tolist() == [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]
    assert nearest_by_cosine(np.ones((3, 2)), 0, np.array([1])).shape == (1, 0)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"row 1 has no direction: its length is 0"):
        unit_rows([[1.0, 0], [0, 0]])
    with pytest.raises(ValueError, match="row 0 has no direction: its length is nan"):
        unit_rows([[np.nan, 0]])
    with pytest.raises(ValueError, match="row 0 has no direction: its length is inf"):
        unit_rows([[np.inf, 0]])
    for bad in ([1.0, 2], np.empty((0, 2))):
        with pytest.raises(ValueError, match=r"rows \[N, d\] needed"):
            unit_rows(bad)
    with pytest.raises(ValueError, match=r"k must be in 0 \.\. 3"):
        nearest_by_cosine(FAN, 4, np.array([0]))
