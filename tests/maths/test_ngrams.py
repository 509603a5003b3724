"""Shared runs of words."""

import math

import pytest

from dubito.maths.ngrams import bleu, rouge_n
from dubito.maths.strings import rouge_l
from laws import assert_symmetric

A, B = "the cat sat on the mat", "the cat is on the mat"


@pytest.mark.parametrize(
    ("n", "f1"),
    [
        (1, 10 / 12),  # the cat on the mat
        (2, 6 / 10),  # the cat, on the, the mat
        (3, 2 / 8),  # on the mat
        (4, 0.0),
    ],
)
def test_rouge_n(n, f1):
    assert rouge_n(A, B, n=n) == pytest.approx(f1)
    assert_symmetric(lambda a, b: rouge_n(a, b, n=n), A, "mat the")


def test_counts_are_clipped():
    """Two of "the the the" and one of "the": one is shared of four."""
    assert rouge_n("the the the", "the", n=1) == pytest.approx(2 / 4)


def test_order_matters_from_pairs_on():
    assert rouge_n("a b c", "c b a", n=1) == 1
    assert rouge_n("a b c", "c b a", n=2) == 0
    assert rouge_l("a b c", "c b a") == pytest.approx(1 / 3)


def test_texts_too_short():
    assert rouge_n("a", "a", n=2) == 0
    assert rouge_n("", "", n=1) == 0
    assert bleu("", "a") == 0


def test_bleu_by_hand():
    """No run of four is shared by A and B: 0, though shorter ones are."""
    assert bleu(A, B) == 0
    # "a b c d" and "a b c d e f": precisions 1, 1, 1, 1 with penalty exp(1 - 6/4), and
    # 4/6, 3/5, 2/4, 1/3 without one: the fourth root of 1/15
    there, back = math.exp(-0.5), (1 / 15) ** 0.25
    assert bleu("a b c d", "A b c, d e f!") == pytest.approx((there + back) / 2)
    assert bleu("a b c d e f", "a b c d") == pytest.approx((there + back) / 2)


def test_bleu_of_short_texts_looks_at_short_runs():
    """ "a b" in "a b c": 1, 1 with penalty exp(1 - 3/2); back 2/3 and 1/2: the root of 1/3."""
    assert bleu("a b", "a b c") == pytest.approx((math.exp(-0.5) + math.sqrt(1 / 3)) / 2)
    assert bleu("a", "a") == 1
