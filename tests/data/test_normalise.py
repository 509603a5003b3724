"""One spelling for what people write in many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubito.data import normalise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Bahamas.", "bahamas"),
        ("São Tomé and Príncipe", "sao tome and principe"),
        ("Washington, D.C.", "washington dc"),
        ("the U.S. dollar", "us dollar"),
        ("Guinea-Bissau", "guinea bissau"),
        ("N’Djamena", "ndjamena"),
        ("Peru's capital", "peru capital"),
        ("isn't", "isnt"),
        ("ZŁOTY", "zloty"),
        ("1,200 at -3.50", "1200 at -3.50"),
        ("17-25", "17 25"),
        ("1,20 2nd", "1 20 2nd"),
        ("The", "the"),  # nothing else is left
        ("...", ""),
        ("中国!", "中国"),
        ("℡", "tel"),  # decomposes into capitals
    ],
)
def test_spelling(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert words(text) == expected.split()


@settings(deadline=None, max_examples=60)
@given(st.text("aA .,'-’12sSŁthe_℡ıİÉ中", max_size=20))
def test_plain_text_stays_plain(text: str) -> None:
    """Doing it twice changes nothing, and one space stands between words."""
    once = normalise(text)
    assert normalise(once) == once
    assert once == " ".join(once.split())


def test_the_sign_of_a_number_is_meaning() -> None:
    assert normalise("It is -4.") != normalise("It is 4.")
