"""Numbers as people and models write them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubito.data.numbers import as_number, numbers, spelled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17 + 25 = 42.", [17, 25, 42]),
        ("17 - 25 = -8", [17, 25, -8]),  # the first minus subtracts
        ("17-25", [17, 25]),
        ("17 -25", [17, 25]),
        ("17 minus 25 is minus 8", [17, 25, -8]),
        ("from −8 to negative 3", [-8, -3]),
        ("about 1,234,567.5 people", [Fraction("1234567.5")]),
        ("1,23", [1, 23]),  # no thousands
        ("0.5 and .25", [Fraction(1, 2), Fraction(1, 4)]),
        ("COVID-19, the 2nd, B52, v1.2.3", [19]),
        ("- 42 apples", [42]),  # a list's dash is no sign
        ("none", []),
    ],
)
def test_digits(text: str, expected: list[Fraction]) -> None:
    found = [number.value for number in numbers(text)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("forty-two", [42]),
        ("Minus one hundred and five.", [-105]),
        ("two thousand three hundred and four", [2304]),
        ("hundred", [100]),
        ("a thousand", [1000]),
        ("one million twenty thousand", [1_020_000]),
        ("zero, then one", [0, 1]),
        ("someone often", []),
    ],
)
def test_words(text: str, expected: list[int]) -> None:
    assert [number.value for number in spelled(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("42", 42), (" 1,200. ", 1200), ("-3.5", Fraction(-7, 2)), ("twelve", 12)],
)
def test_a_text_that_is_a_number(text: str, expected: Fraction) -> None:
    assert as_number(text) == expected


@pytest.mark.parametrize("text", ["Apollo 11", "11 men", "1 2", "", "one or two"])
def test_a_text_that_is_more_than_a_number(text: str) -> None:
    assert as_number(text) is None


@settings(deadline=None, max_examples=60)
@given(st.integers(-(10**9), 10**9))
def test_every_whole_number_with_and_without_thousands(value: int) -> None:
    assert as_number(str(value)) == value
    assert as_number(f"{value:,}") == value
