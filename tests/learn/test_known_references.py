"""r-tuning: texts of the known and the unknown, the half that is sure, the score."""

import math

import numpy as np
import pytest

from dubito.data.refusal_tuning import PLAIN, Taught, selected
from dubito.learn.known_references import certainty, less_doubtful_half, told_sure
from dubito.learn.own_samples import consistency
from dubito.learn.scale import SURE

EXAMPLES = [Taught("q0?", " Lima"), Taught("q1?", " Ngerulmud"), Taught("q2?", " Oslo")]


def test_every_text_keeps_its_reference_and_says_what_was_known() -> None:
    texts = told_sure(EXAMPLES, [True, False, True])
    for text, one, word in zip(texts, EXAMPLES, (" sure", " unsure", " sure"), strict=True):
        assert text == Taught(one.request, one.answer + SURE.query + word)


def test_the_unknown_lose_their_reference_in_the_refusing_variant() -> None:
    texts = selected(EXAMPLES, [1.0, 0.0, 1.0])
    assert texts[0] == EXAMPLES[0]
    assert texts[1].answer in PLAIN
    assert not any("Ngerulmud" in text.answer for text in texts)


def test_half_of_five_is_two() -> None:
    """floor(2.5) = 2 of the least doubt, and of equal ones the first."""
    assert less_doubtful_half([3.0, 1, 2, 1, 5]).tolist() == [False, True, False, True, False]
    assert less_doubtful_half(np.zeros(5)).tolist() == [True, True, False, False, False]
    assert less_doubtful_half([np.inf, 0.0]).tolist() == [False, True]


def test_the_entropy_of_draws_says_which_half() -> None:
    """The card: "a a a b c" has .9503 nats, all equal 0, all different log 5."""
    draws = consistency([list("aaabc"), list("aaaaa"), list("abcde"), list("aaaab")])
    assert draws.entropy[:3] == pytest.approx([0.9503, 0, math.log(5)], abs=5e-5)
    assert less_doubtful_half(draws.entropy).tolist() == [False, True, False, True]


def test_the_score() -> None:
    """Tokens of .9 and .4: sqrt(.36) = .6; equal logits .5; the mean .55."""
    assert certainty([math.sqrt(0.9 * 0.4)], [0.5]) == pytest.approx([0.55])
    assert certainty([0.2, 0.2], [0.0, 1.0]).tolist() == pytest.approx([0.1, 0.6])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="3 examples need as many flags"):
        told_sure(EXAMPLES, [True])
    for doubt in ([0.1, np.nan], [[0.1, 0.2]]):
        with pytest.raises(ValueError, match="a row of numbers"):
            less_doubtful_half(doubt)
    for wrong in (([1.5], [0.5]), ([0.5], [np.nan])):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            certainty(*wrong)
