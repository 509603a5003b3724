"""CalibratedMath: answers worked out anew from the words, checkers, sub-tasks."""

import re
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from dubito.data.calibrated_math import DIGITS, OPERATIONS, calibrated_math
from dubito.data.calibrated_operations import (
    ADD_SUBTRACT,
    MULTI_ANSWER,
    MULTIPLY_DIVIDE,
    any_above,
    multiple_between,
    percentage,
    prime_below,
    reduce_fraction,
    round_to,
    sequence,
    square_below,
    two_with_sum,
)

ITEMS = calibrated_math(30, seed=3)
READ = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "add_three": lambda a, b, c: a + b + c,
    "round_to": lambda a, unit: int(Fraction(a, unit) + Fraction(1, 2)) * unit,
    "more_than": lambda a, b: b + a,
    "less_than": lambda a, b: b - a,
    "sequence": lambda *shown: shown[-1] + shown[1] - shown[0],
    "multiply": lambda a, b: a * b,
    "multiply_three": lambda a, b, c: a * b * c,
    "divide": lambda a, b: Fraction(a, b),
    "floor_divide": lambda a, b: a // b,
    "modulo": lambda a, b: a % b,
    "remainder": lambda a, b: a % b,
    "percentage": lambda share, a: Fraction(share * a, 100),
}
PLAIN = [item for item in ITEMS if item.also is None]


def read(text: str) -> list[int]:
    """The numbers of a question."""
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\d|\d", text)]


def test_there_are_twenty_one() -> None:
    assert len({o.__name__ for o in OPERATIONS}) == len(OPERATIONS) == 21
    assert len(ADD_SUBTRACT) + len(MULTIPLY_DIVIDE) == 15
    assert {item.task.operation for item in ITEMS} == {o.__name__ for o in OPERATIONS}


def test_answers_are_exact() -> None:
    """Read the numbers back from the words and work it out anew."""
    for item in PLAIN:
        if item.task.operation == "reduce_fraction":
            a, b = read(item.text)
            reduced = Fraction(a, b)
            assert item.answer == (reduced.numerator, reduced.denominator) != (a, b), item
        else:
            assert item.answer == (READ[item.task.operation](*read(item.text)),), item


def test_the_reference_is_right_and_one_more_is_not() -> None:
    assert all(item.right(item.answer) for item in ITEMS)
    assert not any(item.right((item.answer[0] + 1, *item.answer[1:])) for item in PLAIN)


def posed(operation, *, first=2, second=2, until=lambda _: True, seed=0):
    """The first question of an operation that meets a condition."""
    random = Random(seed)
    return next(p for _ in range(10_000) if until(p := operation(random, first, second, str)))


def test_the_card() -> None:
    """3, 7, 11, 15: 19. 18/24: (3, 4). 20% of 150: 30."""
    asked = posed(sequence, first=1, second=1, until=lambda p: "3, 7, 11, 15" in p.text)
    assert asked.answer == (19,)
    assert posed(reduce_fraction, first=1, second=1, until=lambda p: "18/24" in p.text).answer == (
        *(3, 4),
    )
    asked = posed(percentage, first=3, until=lambda p: p.text == "What is 20% of 150?")
    assert asked.answer == (30,)


def test_halfway_is_rounded_up() -> None:
    """25 to 30, where Python's own rule says 20; 35 to 40 in both."""
    for a, rounded in ((25, 30), (35, 40), (24, 20)):
        asked = posed(round_to, second=1, until=lambda p, a=a: f"What is {a} " in p.text)
        assert asked.answer == (rounded,)


@pytest.mark.parametrize(
    ("operation", "until", "right", "wrong"),
    [
        (any_above, "than 50.", [(51,), (999,)], [(50,), (49,), (51, 52)]),
        (prime_below, "than 20.", [(2,), (19,)], [(1,), (15,), (23,), (-3,)]),
        (square_below, "than 50.", [(0,), (1,), (49,)], [(50,), (64,), (48,), (-4,)]),
        (two_with_sum, "to 50.", [(20, 30), (60, -10)], [(20, 31), (50,), (20, 20, 10)]),
    ],
)
def test_several_are_right(operation, until, right, wrong) -> None:
    asked = posed(operation, until=lambda p: p.text.endswith(until))
    assert all(map(asked.also, right))
    assert not any(map(asked.also, wrong))


def test_below_and_between() -> None:
    for item in ITEMS:
        numbers = read(item.text)
        if item.task.operation == "any_below":
            assert item.right((numbers[0] - 7,))
            assert not item.right((numbers[0],))
        if item.task.operation == "multiple_between":
            a, low, high = numbers
            inside = [x for x in range(low - a, high + a + 1) if item.right((x,))]
            assert inside == [x for x in range(low, high + 1) if x % a == 0] != [], item


def test_a_multiple_is_sometimes_one_of_two() -> None:
    random = Random(0)
    drawn = [multiple_between(random, 1, 2, str) for _ in range(50)]
    counts = [sum(p.also((x,)) for x in range(2000)) for p in drawn]
    assert {1, 2} <= set(counts)


def test_thousands_are_separated_on_request() -> None:
    big = calibrated_math(5, digits=((4, 4),), separated=True, operations=ADD_SUBTRACT[:2])
    assert all(re.search(r"\d,\d{3}", item.text) for item in big)
    assert {item.task.separated for item in big} == {True}
    for item in big:
        a, b = read(item.text)
        assert item.answer in {(a + b,), (a - b,)}


def test_sub_tasks_have_their_number_and_questions_differ() -> None:
    assert len({item.text for item in ITEMS}) == len(ITEMS)
    counts = Counter(item.task for item in ITEMS)
    assert max(counts.values()) == 30
    roomy = [task for task in counts if task.operation == "multiply" and task.digits == (3, 3)]
    assert counts[roomy[0]] == 30
    few = calibrated_math(500, operations=(ADD_SUBTRACT[0],), digits=((1, 1),))
    assert len(few) == 81  # 9 x 9 sums and no more


def test_numbers_have_their_digits() -> None:
    for item in calibrated_math(20, operations=ADD_SUBTRACT[:2], digits=((3, 1),)):
        assert sorted(len(str(x)) for x in read(item.text)) == [1, 3]
    assert len(DIGITS) == 5


def test_same_seed_same_items() -> None:
    texts = [[i.text for i in calibrated_math(5, seed=s)] for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"operations": ()}, {"digits": ()}, {"digits": ((0, 1),)}]
)
def test_nothing_to_make(bad: dict) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        calibrated_math(**bad)


def test_families_do_not_share_an_operation() -> None:
    families = [{o.__name__ for o in f} for f in (ADD_SUBTRACT, MULTIPLY_DIVIDE, MULTI_ANSWER)]
    assert sum(map(len, families)) == len(set.union(*families)) == 21
