"""Arithmetic in the manner of CalibratedMath [lin2022]: exact answers, difficulty by digits.

Differs: five operations (add, subtract, multiply, divide, remainder) of the paper's 21 tasks, and
no number is drawn from its fixed files.
"""

from collections.abc import Callable, Sequence
from random import Random

from dubito.data.question import Question

Operation = Callable[[Random, int], tuple[str, int]]


def number(random: Random, digits: int, *, least: int = 1) -> int:
    """A whole number of that many digits, not below `least`."""
    return random.randrange(max(least, 10 ** (digits - 1)), 10**digits)


def add(random: Random, digits: int) -> tuple[str, int]:
    """The sum of two numbers."""
    a, b = number(random, digits), number(random, digits)
    return f"What is {a} + {b}?", a + b


def subtract(random: Random, digits: int) -> tuple[str, int]:
    """The difference of two numbers, which may be negative."""
    a, b = number(random, digits), number(random, digits)
    return f"What is {a} - {b}?", a - b


def multiply(random: Random, digits: int) -> tuple[str, int]:
    """The product of two numbers."""
    a, b = number(random, digits), number(random, digits)
    return f"What is {a} times {b}?", a * b


def divide(random: Random, digits: int) -> tuple[str, int]:
    """A quotient without rest, of that many digits as its divisor, which is at least 2."""
    divisor, quotient = number(random, digits, least=2), number(random, digits)
    return f"What is {divisor * quotient} divided by {divisor}?", quotient


def remainder(random: Random, digits: int) -> tuple[str, int]:
    """The rest of a number of one digit more than its divisor, which is at least 2."""
    divisor, dividend = number(random, digits, least=2), number(random, digits + 1)
    return f"What is the remainder when {dividend} is divided by {divisor}?", dividend % divisor


OPERATIONS: tuple[Operation, ...] = (add, subtract, multiply, divide, remainder)
TRIES = 1000


def arithmetic(
    n: int,
    *,
    seed: int = 0,
    operations: Sequence[Operation] = OPERATIONS,
    digits: Sequence[int] = (1, 2, 3),
) -> list[Question]:
    """n different questions; operations take turns, then numbers of digits; same seed, same list.

    The kind of a question is its operation's name.

    Raises:
        ValueError: n below 1, no operation, digits below 1, or no n different questions exist.
    """
    if n < 1 or not operations or not digits or min(digits) < 1:
        raise ValueError(
            f"n and all digits must be at least 1 and operations given, got n={n}, "
            f"digits={tuple(digits)}, {len(operations)} operations"
        )
    random = Random(seed)
    made: dict[str, Question] = {}
    for i in range(n):
        operation = operations[i % len(operations)]
        size = digits[i // len(operations) % len(digits)]
        question = fresh(operation, size, random, made)
        made[question.text] = question
    return list(made.values())


def fresh(operation: Operation, digits: int, random: Random, made: dict[str, Question]) -> Question:
    """A question that has not been made yet."""
    for _ in range(TRIES):
        text, answer = operation(random, digits)
        if text not in made:
            return Question(text, (str(answer),), operation.__name__)
    raise ValueError(
        f"no more new questions of {digits} digits after {len(made)}; ask for fewer, or allow "
        "more digits"
    )
