"""Shares of answers by a corpus and by a model's replies: counts by hand."""

import numpy as np
import pytest

from dubito.data import Question
from dubito.data.answer_shares import co_occurrences, corpus_shares, sampled_shares

LANGUAGES = Question(
    "Name all the official languages of Canada.",
    all_of=(("English",), ("French", "français")),
    rivals=("English", "French", "German"),
)
TEXTS = (
    "In Canada they speak English.",
    "Canada: English and French.",
    "Le français du Canada.",
    "English in England.",
    "Canada is cold.",
    "Englishmen went to Canada.",
)


def test_counts_by_hand() -> None:
    # English beside Canada: texts 0 and 1; French: 1 and 2; whole words only
    assert co_occurrences(TEXTS, "Canada", LANGUAGES).tolist() == [2, 2]
    assert corpus_shares(TEXTS[:2], "Canada", LANGUAGES) == pytest.approx([2 / 3, 1 / 3])


def test_no_text_says_nothing() -> None:
    with pytest.raises(ValueError, match="give more texts"):
        corpus_shares(TEXTS[3:5], "Canada", LANGUAGES)


def test_replies_by_hand() -> None:
    replies = ["English, French", "French.", "English.", "German", "I wonder."]
    # first named: 2 English, 1 French, 2 others; each + 0.5, of 6.5
    assert sampled_shares(replies, LANGUAGES) == pytest.approx(np.array([2.5, 1.5, 2.5]) / 6.5)
    assert sampled_shares(replies, LANGUAGES, smoothing=1e-9) == pytest.approx(
        [0.4, 0.2, 0.4], abs=1e-6
    )


def test_what_was_never_drawn_keeps_a_share() -> None:
    assert sampled_shares(["English"], LANGUAGES).min() > 0


@pytest.mark.parametrize(("replies", "smoothing"), [([], 0.5), (["English"], 0.0)])
def test_bad_input_is_named(replies: list[str], smoothing: float) -> None:
    with pytest.raises(ValueError, match="at least one reply and smoothing above 0"):
        sampled_shares(replies, LANGUAGES, smoothing=smoothing)
