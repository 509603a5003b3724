"""Ids to text: every character belongs to one token, and special tokens have none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.models.spelling import Spelling, spell
from models.tiny import END, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
END_ID = TOKENIZER.eos_token_id


def spelled(text: str, *, end: bool = True) -> tuple[list[int], Spelling]:
    ids = TOKENIZER(text, add_special_tokens=False).input_ids + [END_ID] * end
    return ids, spell(TOKENIZER, ids)


def assert_covers(spelling: Spelling) -> None:
    """Spans follow each other from the first character to the last; names are what they hold."""
    spans = spelling.offsets
    assert spans.shape == (len(spelling.tokens), 2)
    assert spans[0, 0] == 0
    assert spans[-1, 1] == len(spelling.text)
    np.testing.assert_array_equal(spans[1:, 0], spans[:-1, 1])
    assert (spans[:, 0] <= spans[:, 1]).all()


def test_words_and_the_end() -> None:
    _, spelling = spelled("It is True")
    assert spelling.text == "It is True"
    assert spelling.tokens == ("I", "t", " ", "i", "s", " True", END)
    assert spelling.offsets.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 10], [10, 10]]


def test_a_character_in_pieces_belongs_to_the_last() -> None:
    """The llama has four bytes: three empty tokens, then the whole of it."""
    _, spelling = spelled("a🦙b")
    assert spelling.text == "a🦙b"
    assert spelling.tokens == ("a", "", "", "", "🦙", "b", END)
    assert spelling.offsets.tolist() == [[0, 1], [1, 1], [1, 1], [1, 1], [1, 2], [2, 3], [3, 3]]


def test_a_character_cut_off_is_shown_as_it_is() -> None:
    """Two of its four bytes: a replacement mark, which the last token owns."""
    ids, _ = spelled("a🦙", end=False)
    for tail in ([], [END_ID]):
        spelling = spell(TOKENIZER, [*ids[:3], *tail])
        assert spelling.text == "a\N{REPLACEMENT CHARACTER}"
        assert_covers(spelling)
        assert spelling.offsets[:3].tolist() == [[0, 1], [1, 1], [1, 2]]


def test_an_empty_answer() -> None:
    spelling = spell(TOKENIZER, [END_ID])
    assert spelling.text == ""
    assert spelling.tokens == (END,)
    assert spelling.offsets.tolist() == [[0, 0]]


def test_a_special_token_in_the_middle_covers_nothing() -> None:
    ids, _ = spelled("ab", end=False)
    spelling = spell(TOKENIZER, [ids[0], END_ID, ids[1]])
    assert spelling.text == "ab"
    assert spelling.tokens == ("a", END, "b")
    assert spelling.offsets.tolist() == [[0, 1], [1, 1], [1, 2]]


@given(st.text(alphabet=st.sampled_from("ab é🦙ñTrue\n日\N{COMBINING ACUTE ACCENT}"), min_size=1))
def test_any_text_is_covered(text: str) -> None:
    _, spelling = spelled(text)
    assert spelling.text == text
    assert_covers(spelling)
    assert "".join(spelling.tokens[:-1]) == text


@given(st.lists(st.integers(0, len(TOKENIZER) - 1), min_size=1, max_size=12))
def test_any_ids_are_covered(ids: list[int]) -> None:
    """What a model may write, broken characters and special tokens included."""
    spelling = spell(TOKENIZER, ids)
    assert spelling.text == TOKENIZER.decode(ids, skip_special_tokens=True)
    assert_covers(spelling)


@pytest.mark.parametrize("text", ["a b", " a", "a ."])
def test_spaces_stay_where_they_are(text: str) -> None:
    assert spelled(text)[1].text == text
