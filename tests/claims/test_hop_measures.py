"""Measures of retrieval over two hops, on a world of four questions worked by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dubito.claims.hop_measures import both_right, both_right_at_random, near_always, near_half

# Alone right in 1, 0, 1, 0 of the first hops and in all second ones; with retrieval all but one.
WORLD: Any = SimpleNamespace(
    right_alone=np.array([[1, 1], [0, 1], [1, 1], [0, 1]], dtype=bool),
    right_retrieved=np.array([[1, 1], [1, 1], [1, 1], [1, 0]], dtype=bool),
)
NONE, ALL = np.zeros((4, 2), dtype=bool), np.ones((4, 2), dtype=bool)
FIRST = np.array([[0, 0], [1, 0], [0, 0], [1, 0]], dtype=bool)


def test_both_hops_have_to_be_right() -> None:
    """Never: 2 of 4; always: 3 of 4; for the two first hops that need it: 4 of 4."""
    assert (both_right(WORLD, NONE), both_right(WORLD, ALL)) == (0.5, 0.75)
    assert both_right(WORLD, FIRST) == 1.0


def test_chance_is_its_expectation() -> None:
    """At 1/2: 1, 1/2, 1, and 1/2 * 1/2: 2.75 of 4; at the ends, never and always."""
    assert both_right_at_random(WORLD, 0.5) == pytest.approx(2.75 / 4)
    assert both_right_at_random(WORLD, 0.0) == both_right(WORLD, NONE)
    assert both_right_at_random(WORLD, 1.0) == both_right(WORLD, ALL)


def test_slacks() -> None:
    assert near_always(WORLD, NONE) == pytest.approx(0.04 - 0.25)
    assert near_always(WORLD, FIRST) == pytest.approx(0.04 + 0.25)
    assert near_half(FIRST) == pytest.approx(0.05 - 0.25)
    assert near_half(np.eye(2, dtype=bool)) == pytest.approx(0.05)
