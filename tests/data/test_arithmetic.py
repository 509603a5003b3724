"""Arithmetic with exact answers."""

from collections import Counter
from fractions import Fraction

import pytest

from dubito.data import arithmetic, is_right
from dubito.data.arithmetic import add, divide, multiply, remainder, subtract
from dubito.data.numbers import numbers

EXACT = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: Fraction(a, b),
    "remainder": lambda a, b: a % b,
}


def test_answers_are_exact() -> None:
    """Read the two numbers back from the words and work it out anew."""
    for question in arithmetic(300, seed=4):
        a, b = (number.value for number in numbers(question.text))
        assert Fraction(question.answers[0]) == EXACT[question.kind](a, b), question
        assert is_right(f"{question.answers[0]}.", question), question


def test_a_wrong_number_is_wrong() -> None:
    for question in arithmetic(100, seed=5):
        assert not is_right(f"It is {int(question.answers[0]) + 1}.", question), question


def test_operations_take_turns_and_questions_differ() -> None:
    questions = arithmetic(60)
    assert Counter(q.kind for q in questions) == dict.fromkeys(EXACT, 12)
    assert len({q.id for q in questions}) == 60


@pytest.mark.parametrize("digits", [1, 2, 4])
def test_digits_are_the_difficulty(digits: int) -> None:
    low, high = 10 ** (digits - 1), 10**digits
    for question in arithmetic(30, operations=(add, subtract, multiply), digits=(digits,)):
        assert all(low <= number.value < high for number in numbers(question.text)), question
    for question in arithmetic(20, operations=(divide, remainder), digits=(digits,)):
        assert max(low, 2) <= numbers(question.text)[1].value < high, question


def test_difficulties_take_turns() -> None:
    """15 questions: five operations of one digit, then of two, then of three."""
    sizes = [len(str(numbers(q.text)[1].value)) for q in arithmetic(15)]
    assert sizes == [1] * 5 + [2] * 5 + [3] * 5


def test_same_seed_same_questions() -> None:
    assert arithmetic(20, seed=1) == arithmetic(20, seed=1)
    assert arithmetic(20, seed=1) != arithmetic(20, seed=2)


def test_all_sums_of_one_digit_and_not_one_more() -> None:
    """9 x 9 of them."""
    assert len(arithmetic(81, operations=(add,), digits=(1,))) == 81
    with pytest.raises(ValueError, match="no more new questions of 1 digits after 81"):
        arithmetic(82, operations=(add,), digits=(1,))


@pytest.mark.parametrize("bad", [{"n": 0}, {"digits": ()}, {"digits": (0,)}, {"operations": ()}])
def test_nothing_to_make(bad: dict) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        arithmetic(**{"n": 3} | bad)
