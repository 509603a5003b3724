"""The spectrum of a walk on a directed graph."""

import numpy as np
import pytest

from dubito.maths.directed_graphs import walk_components
from dubito.maths.graphs import soft_components


def test_by_hand():
    # rows (1, 1)/2 and (0, 1): eigenvalues 1/2, 1
    assert walk_components([[1, 1], [0, 1]]) == pytest.approx(1.5)
    # rows (1, 1, 0)/2, (0, 1, 1)/2, (1, 0, 1)/2: 1 and (1 + w)/2 with w = exp(2 pi i / 3),
    # whose real part is (1 - 1/2)/2 = 1/4, twice
    assert walk_components([[1, 1, 0], [0, 1, 1], [1, 0, 1]]) == pytest.approx(1.5)
    # rows (1, 3)/4 and (3, 1)/4: 1 and -1/2, which counts as 0
    assert walk_components([[1, 3], [3, 1]]) == pytest.approx(1.0)


def test_symmetric_weights_give_the_undirected_number():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 9):
        half = rng.uniform(size=(n, n))
        w = (half + half.T) / 2 + np.eye(n)
        assert walk_components(w) == pytest.approx(soft_components(w), abs=1e-8)


def test_blocks_are_counted_whatever_their_order():
    blocks = np.kron(np.eye(3), np.ones((2, 2)))
    assert walk_components(blocks) == pytest.approx(3)
    order = np.random.default_rng(1).permutation(6)
    assert walk_components(blocks[np.ix_(order, order)]) == pytest.approx(3)
    rng = np.random.default_rng(2)
    w = rng.uniform(size=(6, 6)) + np.eye(6)
    assert walk_components(w[np.ix_(order, order)]) == pytest.approx(walk_components(w), abs=1e-9)


def test_a_walk_may_be_scaled_row_by_row():
    w = np.random.default_rng(3).uniform(0.1, 1, size=(5, 5))
    assert walk_components(w * np.arange(1, 6)[:, None]) == pytest.approx(walk_components(w))


@pytest.mark.parametrize(
    "wrong", [np.ones((2, 3)), np.zeros((0, 0)), [[1, -1], [0, 1]], [[0, 1], [1, 1]], [[np.nan]]]
)
def test_refused(wrong):
    with pytest.raises(ValueError, match="weights must be"):
        walk_components(wrong)
