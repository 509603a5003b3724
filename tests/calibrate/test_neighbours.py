"""The index of neighbours and the rows set aside: small cases by hand, brute force beside them."""

import numpy as np
import pytest

from dubito.calibrate import neighbours
from dubito.calibrate.holdout import Rows, by_class
from dubito.calibrate.neighbours import Neighbours, distances, nearest

HERE = np.array([[0.0]])


def line(label: list[int], said: list[int]) -> Neighbours:
    """Points at 1, 2, 3 ... of a line."""
    return Neighbours(np.arange(1.0, len(label) + 1)[:, None], np.array(label), np.array(said))


def test_neighbours_agree_in_a_row() -> None:
    """The card's (1,1), (1,1), (1,0), (1,1) for a prediction of 1: 2, not 3."""
    found = line([1, 1, 1, 1], [1, 1, 0, 1]).support(HERE, np.array([1]), most=9)
    assert found.similarity.tolist() == [2]
    assert found.matches[0].tolist() == [0, 1]
    assert found.distance.tolist() == [1.0]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ([0, 1, 1], [0, 1, 1]),  # of another class, rightly predicted
        ([1, 1, 1], [0, 1, 1]),  # of the class, wrongly predicted
        ([0, 1, 1], [1, 1, 1]),  # predicted as the class, but of another
    ],
)
def test_a_first_neighbour_that_disagrees_leaves_none(label: list[int], said: list[int]) -> None:
    found = line(label, said).support(HERE, np.array([1]), most=9)
    assert found.similarity.tolist() == [0]
    assert found.matches[0].tolist() == []


def test_a_point_is_not_its_own_neighbour() -> None:
    index = line([1, 1, 0], [1, 1, 0])
    everywhere = index.support(index.points, index.said, most=9)
    assert everywhere.similarity.tolist() == [2, 1, 1]  # from 2, at equal distance 3 ends it
    assert everywhere.distance.tolist() == [0, 0, 0]
    passed = index.support(index.points, index.said, most=9, own=np.arange(3))
    assert passed.similarity.tolist() == [1, 0, 0]
    assert passed.distance.tolist() == [1, 1, 1]


def test_a_twin_is_a_neighbour_at_no_distance() -> None:
    points = np.array([[1e6, 0.1], [1e6, 0.1], [1e6, 0.1], [1e6, 5.0]])
    index = Neighbours(points, np.zeros(4, dtype=int), np.zeros(4, dtype=int))
    found = index.support(points, index.said, most=9, own=np.arange(4))
    assert found.distance[:3].tolist() == [0, 0, 0]
    assert found.similarity.tolist() == [3, 3, 3, 3]
    assert sorted(found.matches[0].tolist()) == [1, 2, 3]


def test_of_equally_far_points_the_one_that_ends_it_comes_first() -> None:
    points = np.array([[1.0], [-1.0], [2.0]])
    for label in ([1, 0, 1], [0, 1, 1]):
        index = Neighbours(points, np.array(label), np.array(label))
        assert index.support(HERE, np.array([1]), most=9).similarity.tolist() == [0]


def test_one_point_has_no_other() -> None:
    index = line([1], [1])
    found = index.support(index.points, index.said, most=9, own=np.arange(1))
    assert (found.similarity.tolist(), found.distance.tolist()) == ([0], [np.inf])


@pytest.mark.parametrize("most", [1, 5, 32, 33, 200, 1000])
def test_long_runs_are_found_whole_up_to_the_most(most: int) -> None:
    label = [1] * 150 + [0] + [1] * 49
    found = line(label, label).support(np.array([[0.0], [500.0]]), np.array([1, 1]), most=most)
    assert found.similarity.tolist() == [min(150, most), min(49, most)]


@pytest.mark.parametrize("first", [1, 3, 32])
def test_brute_force_agrees(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "FIRST", first)
    rng = np.random.default_rng(0)
    points, queries = rng.normal(size=(60, 3)), rng.normal(size=(25, 3))
    label, said = (points[:, 0] > 0).astype(int), (points[:, 0] > 0.1).astype(int)
    predicted = (queries[:, 0] > 0).astype(int)
    found = Neighbours(points, label, said).support(queries, predicted, most=50)
    for i, query in enumerate(queries):
        far = np.sqrt(((points - query) ** 2).sum(axis=1))
        run: list[int] = []
        for j in np.argsort(far):
            if not label[j] == said[j] == predicted[i]:
                break
            run.append(int(j))
        assert found.matches[i].tolist() == run[:50]
        assert found.distance[i] == pytest.approx(far.min())


def test_nearest_first_and_distances_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    points, queries = rng.normal(size=(30, 4)), rng.normal(size=(11, 4))
    index, far = nearest(points, queries, 7)
    assert (np.diff(far, axis=1) >= 0).all()
    monkeypatch.setattr(neighbours, "CHUNK", 60)
    np.testing.assert_array_equal(distances(points, queries, index), far)
    assert nearest(points, queries, 99)[0].shape == (11, 30)


def test_a_share_of_each_class_is_set_aside() -> None:
    labels = np.array([0] * 10 + [1] * 5 + [2] * 2 + [3])
    parts = by_class(labels, 0.4, np.random.default_rng(0))
    assert sorted([*parts.learn, *parts.aside]) == list(range(18))
    assert np.bincount(labels[parts.aside], minlength=4).tolist() == [4, 2, 1, 0]
    assert np.bincount(labels[parts.learn], minlength=4).tolist() == [6, 3, 1, 1]
    assert (np.diff(parts.learn) > 0).all()
    again = by_class(labels, 0.4, np.random.default_rng(0))
    np.testing.assert_array_equal(parts.aside, again.aside)
    tiny = by_class(labels, 0.01, np.random.default_rng(0))
    assert np.bincount(labels[tiny.aside], minlength=4).tolist() == [1, 1, 1, 0]
    most = by_class(labels, 0.99, np.random.default_rng(0))
    assert np.bincount(labels[most.learn], minlength=4).tolist() == [1, 1, 1, 1]
    with pytest.raises(ValueError, match="got 1"):
        by_class(labels, 1, np.random.default_rng(0))


def test_rows_are_taken_together() -> None:
    rows = Rows(np.arange(6.0).reshape(3, 2), np.array([7, 8, 9])).take(np.array([2, 0]))
    assert rows.features.tolist() == [[4, 5], [0, 1]]
    assert rows.labels.tolist() == [9, 7]
