"""Overlap of sets and their disagreement: worked numbers, order, limits."""

import pytest

from dubito.maths.sets import disagreement, overlap
from dubito.maths.strings import jaccard


def test_by_hand() -> None:
    # {a, b} and {a, c}: 1 shared of 3
    assert overlap({"a", "b"}, {"a", "c"}) == pytest.approx(1 / 3)
    assert disagreement([{"a", "b"}, {"a", "c"}]) == pytest.approx(2 / 3)
    # pairs: 1/3, {a, b} and {b}: 1/2, {a, c} and {b}: 0; mean 5/18
    assert disagreement([{"a", "b"}, {"a", "c"}, {"b"}]) == pytest.approx(1 - 5 / 18)


def test_equal_and_disjoint() -> None:
    assert disagreement([{1, 2}] * 4) == 0
    assert disagreement([{1}, {2}, {3}]) == 1
    assert overlap(set(), set()) == 1
    assert overlap(set(), {1}) == 0


def test_order_does_not_matter() -> None:
    sets = [{1, 2, 3}, {2}, {3, 4}, set()]
    assert disagreement(sets) == pytest.approx(disagreement(sets[::-1]))


def test_agrees_with_the_overlap_of_words() -> None:
    assert overlap({"a", "b", "c"}, {"b", "d"}) == jaccard("a b c", "d b")


def test_one_set_has_no_pair() -> None:
    with pytest.raises(ValueError, match="at least 2 sets"):
        disagreement([{1}])
