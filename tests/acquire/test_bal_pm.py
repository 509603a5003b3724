"""The row bal-pm: dispute, and what a label adds to the entropy of the places labelled."""

import math

import numpy as np
import pytest

from dubito.acquire import BALPM, Pool, by_dispute
from laws import assert_frozen

RNG = np.random.default_rng(0)


def pairs(first_wins: np.ndarray) -> np.ndarray:
    return np.stack([first_wins, 1 - first_wins], axis=-1)


def pool(places: np.ndarray, *, labelled: list[int] | None = None, seed: int = 0) -> Pool:
    marked = np.zeros(len(places), dtype=bool)
    marked[labelled or []] = True
    rng = np.random.default_rng(seed)
    return Pool(marked, places, pairs(rng.random((4, len(places)))))


def slow(given: Pool, k: int, method: BALPM) -> list[int]:
    """Step by step as the paper has it: every term anew after each row that is taken."""
    from scipy.special import digamma, entr

    free = np.flatnonzero(~given.labelled)
    p = given.probabilities[:, free]
    doubt = entr(p.mean(axis=0)).sum(-1) - entr(p).sum(-1).mean(axis=0)
    apart = np.linalg.norm(given.features[free, None] - given.features, axis=-1)  # [F, N]
    width = np.sort(apart[:, free], axis=1)[:, method.neighbours - 1]
    taken: list[int] = []
    for _ in range(k):
        known = [*np.flatnonzero(given.labelled), *taken]
        inside = (apart[:, known] <= width[:, None]).sum(axis=1)
        terms = np.log(2 * width + 1e-4) - digamma(inside + 1) / method.dimension
        score = doubt * method.doubt + method.weight * terms
        score[np.isin(free, taken)] = -np.inf
        taken.append(int(free[score.argmax()]))
    return taken


@pytest.mark.parametrize("dimension", [1.0, 3.0])
@pytest.mark.parametrize("weight", [0.0, 0.01, 0.3, 10.0])
def test_as_the_slow_way(weight: float, dimension: float) -> None:
    rng = np.random.default_rng(1)
    places = np.concatenate([rng.normal(size=(60, 3)), 0.1 * rng.normal(size=(60, 3))])
    given = pool(places, labelled=[0, 3, 70, 71, 90])
    method = BALPM(weight, neighbours=6, dimension=dimension)
    assert method(given, 30, RNG).tolist() == slow(given, 30, method)


def test_without_the_spread_it_is_bald() -> None:
    given = pool(np.random.default_rng(2).normal(size=(50, 2)))
    assert BALPM(0.0)(given, 20, RNG).tolist() == by_dispute(given, 20, RNG).tolist()


def test_without_dispute_the_widest_place_is_first() -> None:
    """Third nearest, itself counted: of 0, 1, 3, 7, 8 they are 3, 2, 3, 4, 5 away."""
    places = np.array([[0.0], [1.0], [3.0], [7.0], [8.0]])
    given = Pool(np.zeros(5, dtype=bool), places, pairs(np.full((2, 5), 0.3)))
    for method in (BALPM(neighbours=3), BALPM(neighbours=3, doubt=False)):
        assert method(given, 1, RNG).tolist() == [4]
    np.testing.assert_array_equal(BALPM(neighbours=3).width(places), [3, 2, 3, 4, 5])
    np.testing.assert_array_equal(BALPM(neighbours=2).width(places), [1, 1, 2, 1, 1])


def test_the_spread_alone_asks_nobody() -> None:
    """Without members too; what they dispute changes nothing."""
    given = pool(np.random.default_rng(6).normal(size=(40, 2)))
    alone = BALPM(doubt=False)
    rows = alone(given, 20, RNG).tolist()
    assert alone(Pool(given.labelled, given.features), 20, RNG).tolist() == rows
    assert BALPM(1e9)(given, 20, RNG).tolist() == rows
    assert BALPM()(given, 20, RNG).tolist() != rows


def test_the_first_neighbour_costs_one_the_second_a_half() -> None:
    """digamma(1) = -.5772, digamma(2) = .4228, digamma(3) = .9228, digamma(4) = 1.2561."""
    terms = BALPM().terms(np.full(4, 0.5), np.arange(4))
    np.testing.assert_allclose(
        terms - math.log(1 + 1e-4), [0.5772, -0.4228, -0.9228, -1.2561], atol=1e-4
    )
    np.testing.assert_allclose(-np.diff(terms), [1, 1 / 2, 1 / 3])
    halved = BALPM(dimension=2).terms(np.full(4, 0.5), np.arange(4))
    np.testing.assert_allclose(-np.diff(halved), [1 / 2, 1 / 4, 1 / 6])


def test_copies_of_what_was_taken_count_and_far_points_do_not() -> None:
    """Five copies at 0, more disputed; five points 100 apart, the nearest 150 away.

    Members say .99 and .01, or .9 and .1: disputes .6371 and .3681. Widths 0 and 100 are 14.51
    nats apart. At a weight of .018 these are .2612 < .2690 < .2612 + .018: copies come first
    until one was taken. A point 100 from a taken one has it inside, and is then no better.
    """
    places = np.concatenate([np.zeros((5, 1)), 150.0 + 100 * np.arange(5)[:, None]])
    sure = np.where(np.arange(10) < 5, 0.99, 0.9)
    given = Pool(np.zeros(10, dtype=bool), places, pairs(np.stack([sure, 1 - sure])))
    assert BALPM(0.018, neighbours=2)(given, 5, RNG).tolist() == [0, 5, 7, 9, 1]
    assert BALPM(0.0, neighbours=2)(given, 5, RNG).tolist() == [0, 1, 2, 3, 4]
    assert set(BALPM(1.0, neighbours=2)(given, 5, RNG).tolist()) == {5, 6, 7, 8, 9}


def test_earlier_rounds_count() -> None:
    """Two places alike, one of them with labels already: the other is taken."""
    rng = np.random.default_rng(4)
    near = 0.1 * rng.normal(size=(20, 2))
    places = np.concatenate([near, near + 50.0])
    for labelled, free in (([0, 1, 2, 3], 1), ([20, 21, 22, 23], 0)):
        marked = np.isin(np.arange(40), labelled)
        given = Pool(marked, places, pairs(np.full((2, 40), 0.5)))
        taken = BALPM(1.0, neighbours=16)(given, 2, RNG)
        assert (taken >= 20).mean() == free


def test_small_pools() -> None:
    """Fewer rows than neighbours: up to the last of them; one row alone."""
    given = pool(np.array([[0.0], [1.0], [5.0]]), labelled=[1])
    assert sorted(BALPM()(given, 2, RNG).tolist()) == [0, 2]
    assert BALPM()(pool(np.array([[0.0], [1.0]]), labelled=[0]), 1, RNG).tolist() == [1]


def test_the_same_rows_however_places_are_turned() -> None:
    """Shifted and turned places have the same neighbours."""
    rng = np.random.default_rng(5)
    places, turn = rng.normal(size=(80, 3)), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    method = BALPM(0.2, neighbours=4)
    here, there = (method(pool(x), 20, RNG).tolist() for x in (places, places @ turn + 7))
    assert here == there


def test_options() -> None:
    assert_frozen(BALPM())
    for wrong in ({"weight": -1.0}, {"neighbours": 1}, {"dimension": 0.0}):
        with pytest.raises(ValueError, match="weight must be at least 0"):
            BALPM(**wrong)
