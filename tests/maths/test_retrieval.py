"""Precision by rank and nearest neighbours: by hand, against scikit-learn, with ties."""

import math

import numpy as np
import pytest

from dubito.maths.retrieval import average_precision, neighbour_alike, r_precision


def test_average_precision_by_hand() -> None:
    """Ranks 1 and 3 of 2 relevant: (1 + 2/3) / 2 = 0.8333. Rank 2 of 1: 1/2. None: unknown."""
    scores = [[4, 3, 2, 1]] * 3
    relevant = [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    got = average_precision(scores, relevant)
    assert got[:2].tolist() == pytest.approx([5 / 6, 0.5])
    assert math.isnan(got[2])


def test_average_precision_as_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    scores, relevant = rng.integers(0, 6, (20, 15)), rng.random((20, 15)) < 0.3
    relevant[:, 0] = True
    expected = [
        metrics.average_precision_score(r, s) for r, s in zip(relevant, scores, strict=True)
    ]
    np.testing.assert_allclose(average_precision(scores, relevant), expected)


def test_a_constant_score_has_the_share_of_matches() -> None:
    assert average_precision(np.zeros((1, 8)), [[1, 1, 0, 0, 0, 0, 0, 0]]).tolist() == [0.25]


def test_r_precision_by_hand() -> None:
    """The card: 3 relevant, 2 of them in the top 10: 2/3. 12 relevant of 12: 10 of 10."""
    scores = -np.arange(12.0)[None]
    relevant = np.zeros((1, 12), dtype=bool)
    relevant[0, [0, 9, 10]] = True
    assert r_precision(scores, relevant) == pytest.approx([2 / 3])
    assert r_precision(scores, np.ones((1, 12))).tolist() == [1.0]
    assert r_precision(scores, relevant, k=1).tolist() == [1.0]
    assert math.isnan(r_precision(scores, np.zeros((1, 12)))[0])


def test_r_precision_shares_the_last_place() -> None:
    """Scores 2, 1, 1, 0 at k = 2: the first is in, of the two level ones half of each."""
    scores = [[2, 1, 1, 0]] * 2
    assert r_precision(scores, [[1, 1, 0, 0], [0, 0, 1, 0]], k=2).tolist() == [0.75, 0.5]
    assert r_precision(scores, [[1, 0, 0, 1], [0, 0, 0, 1]], k=9).tolist() == [1.0, 1.0]


def test_neighbours_by_hand() -> None:
    """The card: a, a, b, a at (1,0), (.99,.14), (0,1), (.14,.99): 1, 1, 0, 0; lengths are free."""
    x = np.array([[1, 0], [0.99, 0.14], [0, 1], [0.14, 0.99]])
    labels = ["a", "a", "b", "a"]
    assert neighbour_alike(x, labels).tolist() == [True, True, False, False]
    scaled = x * [[1], [9], [0.1], [3]]
    assert neighbour_alike(scaled, labels).tolist() == [True, True, False, False]


def test_no_row_is_its_own_neighbour() -> None:
    assert not neighbour_alike(np.eye(4) + 0.1, range(4)).any()


def test_refusals() -> None:
    with pytest.raises(ValueError, match="one shape"):
        average_precision(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="1 of 2 scores are NaN"):
        r_precision([[1.0, math.nan]], [[1, 0]])
    with pytest.raises(ValueError, match="k must be"):
        r_precision([[1.0]], [[1]], k=0)
    with pytest.raises(ValueError, match="N >= 2"):
        neighbour_alike(np.ones((1, 3)), [0])
    with pytest.raises(ValueError, match="no direction"):
        neighbour_alike(np.zeros((2, 3)), [0, 1])
