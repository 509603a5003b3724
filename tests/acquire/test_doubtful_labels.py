"""The rows uncertainty-al-transformers and contrastive-al, and queries of a part of a pool."""

from collections import Counter

import numpy as np
import pytest

from dubito.acquire import (
    Contrastive,
    Pool,
    Quotas,
    Subsampled,
    at_random,
    by_confidence,
    by_entropy,
    by_margin,
    by_value,
)
from dubito.acquire.pool import subpool
from dubito.catalogue import find
from laws import assert_frozen

RNG = np.random.default_rng(0)


def said(*rows: list[float]) -> Pool:
    return Pool(np.zeros(len(rows), dtype=bool), probabilities=np.array([rows]))


def test_the_three_doubts_differ() -> None:
    """The card: margins 0 and .1, entropies .9489 and 1.0889, likeliest .45 and .40."""
    pool = said([0.45, 0.45, 0.10], [0.40, 0.30, 0.30])
    assert by_margin(pool, 1, RNG).tolist() == [0]
    assert by_entropy(pool, 1, RNG).tolist() == [1]
    assert by_confidence(pool, 1, RNG).tolist() == [1]


def test_each_doubt_by_hand() -> None:
    """(.5, .3, .2), (.4, .4, .2), (.6, .2, .2), (.5, .5, 0).

    Margins .2, 0, .4, 0; likeliest .5, .4, .6, .5; entropies 1.030, 1.055, .950, .693.
    """
    pool = said([0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.6, 0.2, 0.2], [0.5, 0.5, 0.0])
    assert by_margin(pool, 4, RNG).tolist() == [1, 3, 0, 2]
    assert by_confidence(pool, 4, RNG).tolist() == [1, 0, 3, 2]
    assert by_entropy(pool, 4, RNG).tolist() == [1, 0, 2, 3]


def test_confidence_is_of_the_mean_of_members() -> None:
    """Row 0: (1, 0) and (0, 1), mean .5. Row 1: .7 from both, surer in the mean."""
    pool = Pool(
        np.zeros(2, dtype=bool),
        probabilities=np.array([[[1.0, 0], [0.7, 0.3]], [[0.0, 1], [0.7, 0.3]]]),
    )
    assert by_confidence(pool, 1, RNG).tolist() == [0]


def test_of_two_classes_all_say_the_same() -> None:
    p = RNG.random(50)
    pool = said(*np.stack([p, 1 - p], axis=1).tolist())
    orders = [query(pool, 50, RNG).tolist() for query in (by_margin, by_entropy, by_confidence)]
    assert orders[0] == orders[1] == orders[2]


def test_the_row_is_the_margin() -> None:
    assert find("uncertainty-al-transformers").method.make() is by_margin
    assert isinstance(find("contrastive-al").method.make(), Contrastive)


def test_contrast_by_hand() -> None:
    """The card: neighbour (.9, .1), row (.5, .5): KL .3681 over two classes .1840; over both .0920.

    The other way: .5 ln(.5 / .9) + .5 ln(.5 / .1) = .5108, over 2 and 2 .1277.
    """
    pool = Pool(
        np.zeros(2, dtype=bool), np.array([[1.0, 0], [2, 0]]), np.array([[[0.5, 0.5], [0.9, 0.1]]])
    )
    score = Contrastive(2).score(pool, np.arange(2))
    assert score == pytest.approx([0.3681 / 4, 0.5108 / 4], abs=5e-5)
    assert Contrastive(10).score(pool, np.arange(2)) == pytest.approx(score)


def test_only_neighbours_in_angle_count() -> None:
    """Rows 0 and 1 point one way and agree; rows 2 and 3 another way and differ."""
    places = np.array([[1.0, 0], [50, 1], [0, 1], [1, 50]])
    p = np.array([[[0.7, 0.3], [0.7, 0.3], [0.9, 0.1], [0.2, 0.8]]])
    pool = Pool(np.zeros(4, dtype=bool), places, p)
    score = Contrastive(2).score(pool, np.arange(4))
    assert score[:2] == pytest.approx(0, abs=1e-12)
    assert (score[2:] > 0.1).all()
    assert Contrastive(2).score(pool, np.array([3, 0])).tolist() == score[[3, 0]].tolist()
    assert Contrastive(2)(pool, 2, RNG).tolist() == [
        int(2 + score[2:].argmax()),
        int(2 + score[2:].argmin()),
    ]


def test_what_is_labelled_is_a_neighbour_too() -> None:
    """The only row that contradicts row 0 has a label."""
    p = np.array([[[0.9, 0.1], [0.1, 0.9], [0.9, 0.1]]])
    places = np.array([[1.0, 0], [1, 0.01], [0, 1]])
    pool = Pool(np.array([False, True, False]), places, p)
    assert Contrastive(2).score(pool, pool.free)[0] > 0.1
    assert Contrastive(2)(pool, 2, RNG).tolist() == [0, 2]


def test_what_was_ruled_out_comes_first() -> None:
    p = np.array([[[1.0, 0.0], [0.5, 0.5], [0.1, 0.9]]])
    pool = Pool(np.zeros(3, dtype=bool), np.ones((3, 2)), p)
    assert np.isinf(Contrastive(3).score(pool, np.array([0]))).all()
    assert Contrastive(3)(pool, 1, RNG).tolist() == [0]


def test_a_part_of_a_pool() -> None:
    pool = Pool(
        np.array([0, 1, 0], dtype=bool),
        np.arange(6.0).reshape(3, 2),
        np.array([[[1.0, 0], [0, 1], [0.5, 0.5]]] * 2),
        np.arange(9.0).reshape(3, 3),
    )
    some = subpool(pool, np.array([2, 1]))
    assert some.labelled.tolist() == [False, True]
    assert some.features.tolist() == [[4, 5], [2, 3]]
    assert some.probabilities.tolist() == [[[0.5, 0.5], [0, 1]]] * 2
    assert some.values.tolist() == [[2, 1], [5, 4], [8, 7]]
    empty = subpool(Pool(pool.labelled), np.array([0]))
    assert empty.features is empty.probabilities is empty.values is None


EVEN_ODD = (0, 1) * 6
VALUED = Pool(np.arange(12) == 11, values=np.arange(12.0)[None])


def test_all_looked_at_is_the_query_itself() -> None:
    for size in (11, 12, 4096):
        assert Subsampled(by_value, size)(VALUED, 3, RNG).tolist() == [10, 9, 8]


def test_the_best_of_what_is_looked_at() -> None:
    """Of 5 of 11 the best: row 10 in 5/11 of the draws, row 4 when the four below it are drawn."""
    rng = np.random.default_rng(1)
    drawn = Counter(int(Subsampled(by_value, 5)(VALUED, 1, rng)[0]) for _ in range(4000))
    assert min(drawn) >= 4
    assert 11 not in drawn
    assert abs(drawn[10] / 4000 - 5 / 11) < 5 * np.sqrt(30 / 121 / 4000)
    level = Pool(VALUED.labelled, values=np.zeros((1, 12)))  # of equal ones the first
    assert all((np.diff(Subsampled(by_value, 5)(level, 3, rng)) > 0).all() for _ in range(20))
    assert sorted(Subsampled(at_random, 5)(VALUED, 5, rng).tolist()) != list(range(5))


def test_labels_stay_in_sight_of_a_part() -> None:
    """A query that gives how many labels it sees, at each of 20 draws."""
    seen: list[tuple[int, float]] = []

    def looking(pool: Pool, k: int, rng: np.random.Generator) -> np.ndarray:
        seen.append((int(pool.labelled.sum()), len(pool.labelled)))
        return by_value(pool, k, rng)

    for _ in range(20):
        Subsampled(looking, 4)(VALUED, 2, RNG)
    Quotas(looking, EVEN_ODD, (0.5, 0.5))(VALUED, 4, RNG)
    assert seen == [(1, 5)] * 20 + [(1, 7), (1, 6)]


def test_quotas_by_hand() -> None:
    """Of 4 a quarter even, the rest odd: the best even one, the three best free odd ones."""
    quotas = Quotas(by_value, EVEN_ODD, (0.25, 0.75))
    assert quotas(VALUED, 4, RNG).tolist() == [10, 9, 7, 5]
    assert Quotas(by_value, EVEN_ODD, (1.0, 0.0))(VALUED, 2, RNG).tolist() == [10, 8]


@pytest.mark.parametrize(
    ("shares", "k", "expected"),
    [
        ((0.356, 0.644), 68, [24, 44]),  # 24.2 and 43.8
        ((0.5, 0.5), 3, [2, 1]),  # level: the first
        ((0.1, 0.2, 0.7), 10, [1, 2, 7]),
        ((1 / 3, 1 / 3, 1 / 3), 2, [1, 1, 0]),
        ((0.29, 0.71), 100, [29, 71]),  # 100 * .29 is a little below 29
    ],
)
def test_shared_out_by_largest_remainder(shares, k: int, expected: list[int]) -> None:
    quotas = Quotas(by_value, (0, 0, 0), shares)
    assert quotas.quotas(k).tolist() == expected


def test_refusals() -> None:
    assert_frozen(Contrastive())
    assert_frozen(Subsampled(by_value))
    assert_frozen(Quotas(by_value, EVEN_ODD, (0.5, 0.5)))
    with pytest.raises(ValueError, match="neighbours must be at least 2"):
        Contrastive(1)
    with pytest.raises(LookupError, match="no features"):
        Contrastive()(said([0.5, 0.5]), 1, RNG)
    with pytest.raises(ValueError, match="size must be at least 1"):
        Subsampled(by_value, 0)
    with pytest.raises(ValueError, match=r"1 \.\. 4, the size looked at; got 5"):
        Subsampled(by_value, 4)(VALUED, 5, RNG)
    with pytest.raises(ValueError, match="shares must be"):
        Quotas(by_value, EVEN_ODD, (0.5, 0.6))
    with pytest.raises(ValueError, match="shares must be"):
        Quotas(by_value, EVEN_ODD, (1.5, -0.5))
    with pytest.raises(ValueError, match="shares must be"):
        Quotas(by_value, EVEN_ODD, (np.nan, 1.0))
    with pytest.raises(ValueError, match=r"kinds must be in 0 \.\. 0, got \[0, 1\]"):
        Quotas(by_value, EVEN_ODD, (1.0,))
    with pytest.raises(ValueError, match="12 rows, but 3 kinds"):
        Quotas(by_value, EVEN_ODD[:3], (0.5, 0.5))(VALUED, 2, RNG)
    with pytest.raises(ValueError, match="6 rows of kind 1 wanted, 5 are free"):
        Quotas(by_value, EVEN_ODD, (0.0, 1.0))(VALUED, 6, RNG)
