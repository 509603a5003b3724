"""Kendall's tau-b: by hand, ties, the constant, and who is refused."""

import math

import numpy as np
import pytest

from dubito.maths.kendall import kendall


def test_the_same_and_the_reverse() -> None:
    assert kendall([1, 2, 3, 4], [2, 4, 6, 9]).tau == 1
    assert kendall([1, 2, 3, 4], [4, 3, 2, 1]).tau == -1


def test_ties_by_hand() -> None:
    # pairs of (1, 1, 2) and (1, 2, 3): one tied in the first, two agree; of the
    # three pairs, 2 and 3 are untied
    assert kendall([1, 1, 2], [1, 2, 3]).tau == pytest.approx(2 / math.sqrt(6))


def test_p_by_hand() -> None:
    """Of 24 orders of four things, one agrees in full and one disagrees in full."""
    assert kendall([1, 2, 3, 4], [1, 2, 3, 4]).p == pytest.approx(2 / 24)


@pytest.mark.parametrize("pair", [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [0, 0, 0]), ([], [])])
def test_constants_order_nothing(pair: tuple[list, list]) -> None:
    assert all(math.isnan(x) for x in kendall(*pair))


@pytest.mark.parametrize("pair", [([1, 2], [1]), ([1, np.nan], [1, 2]), ([1, 2], [1, np.nan])])
def test_refused(pair: tuple[list, list]) -> None:
    with pytest.raises(ValueError, match=r"rankings|NaN"):
        kendall(*pair)
