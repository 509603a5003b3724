"""In which words a confidence is stated: nearest ones, texts to learn, tokens."""

import numpy as np
import pytest

from dubito.data.refusal_tuning import Taught
from dubito.learn.scale import FIFTHS, FIRST, RIGHT, SURE, TENTHS, Scale

COUNTED = Scale("", tuple(map(str, range(11))), tuple(i / 10 for i in range(11)))


class Spelling:
    """One token for each listed piece, found from the left; a letter is a token otherwise."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        found = []
        while text:
            piece = next((p for p in self.pieces if text.startswith(p)), text[0])
            known = self.pieces.index(piece) if piece in self.pieces else 100 + ord(piece)
            found.append(known)
            text = text[len(piece) :]
        return found


def test_the_nearest_word() -> None:
    """Tenths: .34 is 3, .35 halfway and the higher, though .35 * 10 is 3.5 in binary or less."""
    assert COUNTED.nearest([0, 0.04, 0.05, 0.34, 0.35, 0.96, 1]).tolist() == [0, 0, 1, 3, 4, 10, 10]
    assert COUNTED.nearest([0.15]).tolist() == [2]  # (.1 + .2) / 2 is a hair above .15
    assert RIGHT.nearest([True, False]).tolist() == [1, 0]


def test_fifths_cut_where_they_should() -> None:
    """[0, .2), [.2, .4), ...; the middle of each is its value."""
    assert FIFTHS.nearest([0, 0.19, 0.2, 0.4, 0.6, 0.8, 1]).tolist() == [0, 0, 1, 2, 3, 4, 4]
    for scale in (RIGHT, SURE, FIFTHS, TENTHS, FIRST, COUNTED):
        assert scale.nearest(scale.values).tolist() == list(range(len(scale.words)))


def test_the_word_alone_is_learnt() -> None:
    asked = FIFTHS.taught("Capital of Peru?", " Lima", 0.617)
    assert asked == Taught("Capital of Peru? Lima\nConfidence:", " high")


def test_tokens_are_those_that_follow_the_query() -> None:
    scale = Scale("is", (" no", " yes"), (0.0, 1.0))
    assert scale.tokens(Spelling(" no", " yes", "is")).tolist() == [0, 1]


def test_words_in_pieces_are_refused() -> None:
    """The card's pitfall: un + sure."""
    scale = Scale("am", (" unsure", " sure"), (0.0, 1.0))
    with pytest.raises(ValueError, match="' unsure' after 'am' is not one token but"):
        scale.tokens(Spelling("am", " sure", " un", "sure"))


def test_a_word_that_melts_into_the_query_is_refused() -> None:
    with pytest.raises(ValueError, match="is not one token"):
        Scale("am ", ("I", "he"), (0.0, 1.0)).tokens(Spelling("am I", "am ", "he"))


def test_two_words_of_one_token_are_refused() -> None:
    with pytest.raises(ValueError, match="are one token"):
        Scale("a:", ("b", "b"), (0.0, 1.0)).tokens(Spelling())


@pytest.mark.parametrize(
    ("words", "values"),
    [(("a",), (0.5,)), (("a", "b"), (0.5,)), (("a", "b"), (0.5, 0.5)), (("a", "b"), (0.5, 1.5))],
)
def test_what_states_nothing_is_refused(words: tuple, values: tuple) -> None:
    with pytest.raises(ValueError, match="two or more words with rising values"):
        Scale("?", words, values)


def test_confidences_lie_between_0_and_1() -> None:
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            FIFTHS.nearest([wrong])
