import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from dubito.maths.meanings import both_directions, mutual_classes, semantic_distance


def pairs(k: int, *entailed: tuple[int, int]) -> np.ndarray:
    """Entailment 0.9 for these ordered pairs, 0.1 for all others, 1 on the diagonal."""
    e = np.full((k, k), 0.1)
    np.fill_diagonal(e, 1.0)
    for a, b in entailed:
        e[a, b] = 0.9
    return e


@pytest.mark.parametrize(
    ("entailed", "labels"),
    [
        ((), [0, 1, 2]),
        (((0, 2), (2, 0)), [0, 1, 0]),
        (((1, 2), (2, 1)), [0, 1, 1]),
        # One direction is not enough, whichever it is.
        (((0, 2),), [0, 1, 2]),
        (((2, 0),), [0, 1, 2]),
        # A chain 0 - 2 - 1 joins 0 and 1, which do not entail each other.
        (((0, 2), (2, 0), (1, 2), (2, 1)), [0, 0, 0]),
        # 0 entails 1 and 1 entails 2 and 2 entails 0: a circle, but no pair is mutual.
        (((0, 1), (1, 2), (2, 0)), [0, 1, 2]),
    ],
)
def test_classes_of_three(entailed, labels):
    np.testing.assert_array_equal(mutual_classes(pairs(3, *entailed)), labels)


def test_long_chain_in_any_order():
    """0-5, 5-1, 1-4, 4-2 in one class, 3 alone: labels by first appearance."""
    chain = [(0, 5), (5, 1), (1, 4), (4, 2)]
    e = pairs(6, *chain, *[(b, a) for a, b in chain])
    np.testing.assert_array_equal(mutual_classes(e), [0, 0, 0, 1, 0, 0])
    last_first = [3, 5, 4, 2, 1, 0]
    shuffled = e[np.ix_(last_first, last_first)]
    np.testing.assert_array_equal(mutual_classes(shuffled), [0, 1, 1, 1, 1, 1])


def test_threshold_is_exclusive_and_movable():
    e = np.array([[1.0, 0.5], [0.7, 1.0]])
    np.testing.assert_array_equal(mutual_classes(e), [0, 1])  # 0.5 is not above 0.5
    np.testing.assert_array_equal(mutual_classes(e, threshold=0.49), [0, 0])
    np.testing.assert_array_equal(mutual_classes(e, threshold=0.6), [0, 1])


def test_own_diagonal_does_not_matter():
    e = pairs(3, (0, 1), (1, 0))
    np.fill_diagonal(e, 0.0)
    np.testing.assert_array_equal(mutual_classes(e), [0, 0, 1])


@settings(deadline=None)  # other work may share the processor
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_second_opinion_of_scipy(seed, k):
    e = np.random.default_rng(seed).uniform(size=(k, k)) ** 0.5
    labels = mutual_classes(e)
    count, theirs = connected_components((e > 0.5) & (e.T > 0.5), directed=False)
    assert labels.max() + 1 == count
    np.testing.assert_array_equal(labels[:, None] == labels, theirs[:, None] == theirs)
    assert (
        np.diff([-1, *np.maximum.accumulate(labels)]) <= 1
    ).all()  # a new class: the next number


def test_distance_of_the_card():
    """contradiction .2, neutral .4, entailment .4: .2 + .4 / 2 = .4; pure neutral: 1/2."""
    assert semantic_distance(0.4, 0.2) == pytest.approx(0.4)
    np.testing.assert_allclose(semantic_distance([1, 0, 0], [0, 0, 1]), [0, 0.5, 1])


def test_directions_are_averaged():
    np.testing.assert_allclose(both_directions([[1, 0.2], [0.6, 1]]), [[1, 0.4], [0.4, 1]])
