"""Nearest neighbours by hand, and as a k-d tree finds them, where digits cancel too."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from dubito.maths.neighbours import Balls, least_bound, neighbour_distance

LINE = np.array([[0.0], [1.0], [3.0], [7.0]])


def clouds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    copies = np.repeat(rng.normal(size=(100, 4)), 7, axis=0)
    return {
        "plain": rng.normal(size=(700, 5)),
        "far from 0": rng.normal(size=(700, 5)) + 1e4,
        "dense inside of wide": 1e3 * copies + 1e-6 * rng.normal(size=copies.shape),
        "ties and copies": rng.integers(0, 3, size=(500, 3)) + 1e5,
        "few": rng.normal(size=(14, 3)),
        "wide": 1e30 * rng.normal(size=(300, 40)),
        "single": rng.normal(size=(600, 30)).astype(np.float32),
    }


def test_on_a_line() -> None:
    """Of 0, 1, 3, 7: the nearest are 1, 1, 2, 4 away, the second ones 3, 2, 3, 6."""
    np.testing.assert_array_equal(neighbour_distance(LINE, 1), [1, 1, 2, 4])
    np.testing.assert_array_equal(neighbour_distance(LINE, 2), [3, 2, 3, 6])


@pytest.mark.parametrize("cloud", clouds())
@pytest.mark.parametrize("k", [1, 5, 12])
def test_as_a_tree_finds_them(cloud: str, k: int) -> None:
    """To the last digit, but for the order in which squares are summed."""
    points = clouds()[cloud].astype(np.float64)
    found = neighbour_distance(clouds()[cloud], k)
    np.testing.assert_allclose(found, cKDTree(points).query(points, k + 1)[0][:, k], rtol=1e-14)


@pytest.mark.parametrize("cloud", clouds())
def test_who_is_inside(cloud: str) -> None:
    """Those at the very distance count: of 5 neighbours all 5, and the point itself."""
    points = clouds()[cloud].astype(np.float64)
    radius = neighbour_distance(points, 5)
    balls = Balls(points, radius)
    exact = np.linalg.norm(points[:40, None] - points, axis=-1)  # [40, N]
    inside = exact <= radius[:40, None] * (1 + 1e-12)
    np.testing.assert_array_equal(balls.hold(points)[:40], inside)
    np.testing.assert_array_equal(balls.count(points)[:40], inside.sum(axis=1))
    assert (balls.count(points) >= 6).all()


def test_balls_by_hand() -> None:
    """Around 0, 1, 3, 7 with radii 1, 0, 2, inf: 1 lies in the first, second, third and fourth."""
    balls = Balls(LINE, np.array([1.0, 0.0, 2.0, np.inf]))
    held = balls.hold(np.array([[1.0], [5.0]]))
    assert held.tolist() == [[True, False], [True, False], [True, True], [True, True]]
    assert balls.count(np.array([[1.0], [5.0], [5.1]])).tolist() == [1, 1, 2, 3]
    assert balls.count(np.zeros((0, 1))).tolist() == [0, 0, 0, 0]


def test_many_others_come_in_parts() -> None:
    """More than are compared at once: as the sum over parts."""
    rng = np.random.default_rng(1)
    balls, others = Balls(rng.normal(size=(30, 2)), np.full(30, 0.7)), rng.normal(size=(1300, 2))
    np.testing.assert_array_equal(balls.count(others), balls.hold(others).sum(axis=1))


def test_the_bound_of_groups_is_a_bound() -> None:
    """At least k of each row are not above it, and hardly more."""
    values = np.random.default_rng(2).normal(size=(50, 2001))
    for k in (1, 3, 13):
        below = (values <= least_bound(values, k)[:, None]).sum(axis=1)
        assert (below >= k).all()
        assert below.mean() < 2 * k + 1


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"k must be in 1 \.\. 3"):
        neighbour_distance(LINE, 4)
    with pytest.raises(ValueError, match="1 numbers are not"):
        neighbour_distance([[np.nan], [1.0], [2.0]], 1)
    with pytest.raises(ValueError, match=r"points \[N, d\] needed"):
        neighbour_distance([1.0, 2.0], 1)
    with pytest.raises(ValueError, match="a radius for each of 4"):
        Balls(LINE, np.ones(3))
    with pytest.raises(ValueError, match="1 of them NaN"):
        Balls(LINE, np.array([1, 1, 1, np.nan]))
    with pytest.raises(ValueError, match="width 1 needed"):
        Balls(LINE, np.ones(4)).hold(np.zeros((2, 2)))
