from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubito.maths.strings import (
    common_length,
    jaccard,
    pairwise,
    plain_words,
    rouge_l,
    split_words,
)


def test_the_two_tokenisations():
    text = "It's  Paris, FRANCE.\n"
    assert split_words(text) == ["it's", "paris,", "france."]
    assert plain_words(text) == ["it", "s", "paris", "france"]
    assert plain_words("Ελλάδα 日本 é") == ["ελλάδα", "日本", "é"]


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        ("paris france", "paris", 1 / 2),
        ("Paris France", "rome", 0.0),
        ("a b c", "c b a", 1.0),  # order does not count
        ("a a a b", "a b", 1.0),  # nor does repetition
        ("a b c", "b c d", 2 / 4),
        ("paris.", "paris", 0.0),  # punctuation sticks
        ("", "", 0.0),
        ("", "a", 0.0),
    ],
)
def test_jaccard(a, b, share):
    assert jaccard(a, b) == pytest.approx(share)
    assert jaccard(b, a) == pytest.approx(share)


@pytest.mark.parametrize(
    ("a", "b", "f1"),
    [
        ("the cat sat", "The cat sat!", 1.0),
        ("a b c d", "a c", 2 * 2 / 6),  # precision 1, recall 1/2
        ("a b c", "c b a", 2 * 1 / 6),  # order counts
        ("a b a b", "b a b a", 2 * 3 / 8),  # b a b
        ("a", "b", 0.0),
        ("", "", 0.0),
        ("...", "a", 0.0),
    ],
)
def test_rouge_l(a, b, f1):
    assert rouge_l(a, b) == pytest.approx(f1)
    assert rouge_l(b, a) == pytest.approx(f1)


@settings(deadline=None)  # other work may share the processor
@given(st.text("abc", max_size=40), st.text("abc", max_size=40))
def test_common_length_is_that_of_the_recursion(a, b):
    @cache
    def longest(i: int, j: int) -> int:
        if not i or not j:
            return 0
        if a[i - 1] == b[j - 1]:
            return longest(i - 1, j - 1) + 1
        return max(longest(i - 1, j), longest(i, j - 1))

    assert common_length(a, b) == longest(len(a), len(b))


def test_pairwise_fills_the_square_once_for_each_pair():
    asked = []

    def length_ratio(a: str, b: str) -> float:
        asked.append(frozenset((a, b)))
        return min(len(a), len(b)) / max(len(a), len(b))

    got = pairwise(["aa", "b", "aa", "cccc"], length_ratio)
    half, quarter = 1 / 2, 1 / 4
    np.testing.assert_allclose(
        got,
        [
            [1, half, 1, half],
            [half, 1, half, quarter],
            [1, half, 1, half],
            [half, quarter, half, 1],
        ],
    )
    assert len(asked) == len(set(asked)) == 3


def test_equal_texts_are_alike_even_without_words():
    np.testing.assert_allclose(pairwise(["", "", "!"], rouge_l), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])
