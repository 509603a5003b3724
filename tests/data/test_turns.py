"""Fair portions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubito.data.turns import shares, take_turns


@pytest.mark.parametrize(
    ("n", "sizes", "expected"),
    [
        (6, [9, 9, 9], [2, 2, 2]),
        (5, [9, 9], [3, 2]),
        (7, [1, 9, 9], [1, 3, 3]),  # the first has one; 6 more for two
        (99, [2, 3], [2, 3]),
        (0, [4], [0]),
    ],
)
def test_shares(n: int, sizes: list[int], expected: list[int]) -> None:
    assert shares(n, sizes) == expected


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_shares_are_full_and_fair(n: int, sizes: list[int]) -> None:
    counts = shares(n, sizes)
    assert sum(counts) == min(n, sum(sizes))
    open_ones = [count for count, size in zip(counts, sizes, strict=True) if count < size]
    assert not open_ones or max(counts) - min(open_ones) <= 1


def test_turns() -> None:
    assert list(take_turns(["ab", "", "cde"])) == ["a", "c", "b", "d", "e"]
    assert list(take_turns([])) == []
