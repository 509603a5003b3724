"""The 21 operations of CalibratedMath [lin2022]: a question, a right answer, what else is right.

Each takes a generator, the digits of its two numbers, and how a number is written.
"""

from collections.abc import Callable
from math import gcd, isqrt
from random import Random
from typing import NamedTuple

from dubito.data.arithmetic import number

Write = Callable[[int], str]
Check = Callable[[tuple[int, ...]], bool]


class Posed(NamedTuple):
    """A question, a right answer, and what else is right; None: nothing else."""

    text: str
    answer: tuple[int, ...]  # one number, or the two of a pair or fraction
    also: Check | None = None


Operation = Callable[[Random, int, int, Write], Posed]


def two(random: Random, first: int, second: int) -> tuple[int, int]:
    """Numbers of so many digits, in either order."""
    a, b = number(random, first), number(random, second)
    return (a, b) if random.random() < 0.5 else (b, a)


def add(random: Random, first: int, second: int, write: Write) -> Posed:
    """a + b."""
    a, b = two(random, first, second)
    return Posed(f"What is {write(a)} + {write(b)}?", (a + b,))


def subtract(random: Random, first: int, second: int, write: Write) -> Posed:
    """a - b, which may be negative."""
    a, b = two(random, first, second)
    return Posed(f"What is {write(a)} - {write(b)}?", (a - b,))


def add_three(random: Random, first: int, second: int, write: Write) -> Posed:
    """a + b + c, the third of the second's digits."""
    a, b = two(random, first, second)
    c = number(random, second)
    return Posed(f"What is {write(a)} + {write(b)} + {write(c)}?", (a + b + c,))


def round_to(random: Random, first: int, second: int, write: Write) -> Posed:
    """The nearest multiple of 10, 100, ...: as many noughts as the second has digits.

    Halfway it goes up, as at school, not to the even one.
    """
    a, unit = number(random, first), 10**second
    return Posed(
        f"What is {write(a)} rounded to the nearest {write(unit)}?",
        ((a + unit // 2) // unit * unit,),
    )


def more_than(random: Random, first: int, second: int, write: Write) -> Posed:
    """a more than b."""
    a, b = two(random, first, second)
    return Posed(f"What is {write(a)} more than {write(b)}?", (a + b,))


def less_than(random: Random, first: int, second: int, write: Write) -> Posed:
    """a less than b, which may be negative."""
    a, b = two(random, first, second)
    return Posed(f"What is {write(a)} less than {write(b)}?", (b - a,))


def sequence(random: Random, first: int, second: int, write: Write) -> Posed:
    """What comes next where each number is b more than the one before."""
    a, b = number(random, first), number(random, second)
    shown = ", ".join(write(a + i * b) for i in range(4))
    return Posed(f"What comes next: {shown}...?", (a + 4 * b,))


def multiply(random: Random, first: int, second: int, write: Write) -> Posed:
    """a * b."""
    a, b = two(random, first, second)
    return Posed(f"What is {write(a)} * {write(b)}?", (a * b,))


def multiply_three(random: Random, first: int, second: int, write: Write) -> Posed:
    """a * b * c, the third of one digit."""
    a, b = two(random, first, second)
    c = number(random, 1)
    return Posed(f"What is {write(a)} * {write(b)} * {write(c)}?", (a * b * c,))


def divide(random: Random, first: int, second: int, write: Write) -> Posed:
    """A quotient of the first's digits, without rest."""
    quotient, divisor = number(random, first), number(random, second)
    return Posed(f"What is {write(quotient * divisor)} / {write(divisor)}?", (quotient,))


def with_rest(random: Random, first: int, second: int) -> tuple[int, int, int]:
    """Dividend, divisor of at least 2, and the rest, which is drawn from all that may be."""
    quotient, divisor = number(random, first), number(random, second, least=2)
    rest = random.randrange(divisor)
    return quotient * divisor + rest, divisor, rest


def floor_divide(random: Random, first: int, second: int, write: Write) -> Posed:
    """How many whole times b goes into a."""
    a, b, _ = with_rest(random, first, second)
    return Posed(f"What is {write(a)} / {write(b)}, rounded down?", (a // b,))


def modulo(random: Random, first: int, second: int, write: Write) -> Posed:
    """a mod b."""
    a, b, rest = with_rest(random, first, second)
    return Posed(f"What is {write(a)} mod {write(b)}?", (rest,))


def remainder(random: Random, first: int, second: int, write: Write) -> Posed:
    """The same in words."""
    a, b, rest = with_rest(random, first, second)
    return Posed(f"What is the remainder when {write(a)} is divided by {write(b)}?", (rest,))


def percentage(random: Random, first: int, _second: int, write: Write) -> Posed:
    """A whole number of per cent of a, of at least two digits, that comes out whole."""
    share = random.choice((10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90))
    step = 4 if share % 10 else 10
    a = -(-number(random, max(first, 2)) // step) * step
    return Posed(f"What is {share}% of {write(a)}?", (a * share // 100,))


def reduce_fraction(random: Random, first: int, second: int, write: Write) -> Posed:
    """Numerator and denominator in lowest terms, of a fraction that is not."""
    a, b = two(random, first, second)
    factor = random.randrange(2, 10)
    shown = f"{write(a * factor)}/{write(b * factor)}"
    return Posed(f"What is {shown} in lowest terms?", (a // gcd(a, b), b // gcd(a, b)))


def single(text: str, answer: int, check: Callable[[int], bool]) -> Posed:
    """A question whose right answers are all numbers that meet the check."""
    return Posed(text, (answer,), lambda given: len(given) == 1 and check(given[0]))


def any_below(random: Random, first: int, _second: int, write: Write) -> Posed:
    """Any number below a."""
    a = number(random, first, least=2)
    return single(f"Name any number smaller than {write(a)}.", a - 1, lambda x: x < a)


def any_above(random: Random, first: int, _second: int, write: Write) -> Posed:
    """Any number above a."""
    a = number(random, first)
    return single(f"Name any number larger than {write(a)}.", a + 1, lambda x: x > a)


def prime_below(random: Random, first: int, _second: int, write: Write) -> Posed:
    """Any prime below a, which is at least 3."""
    a = number(random, first, least=3)
    largest = next(n for n in range(a - 1, 1, -1) if is_prime(n))
    return single(
        f"Name any prime number smaller than {write(a)}.", largest, lambda x: x < a and is_prime(x)
    )


def is_prime(n: int) -> bool:
    """Whether it has no divisor but 1 and itself, and is not 1."""
    return n > 1 and all(n % d for d in range(2, isqrt(n) + 1))


def square_below(random: Random, first: int, _second: int, write: Write) -> Posed:
    """Any square below a, which is at least 2; 0 is one."""
    a = number(random, first, least=2)
    largest = isqrt(a - 1) ** 2
    return single(
        f"Name any perfect square smaller than {write(a)}.",
        largest,
        lambda x: 0 <= x < a and isqrt(x) ** 2 == x,
    )


def two_with_sum(random: Random, first: int, _second: int, write: Write) -> Posed:
    """Any two numbers whose sum is a."""
    a = number(random, first)
    return Posed(
        f"Name two numbers that sum to {write(a)}.",
        (a - 1, 1),
        lambda given: len(given) == 2 and sum(given) == a,
    )


def multiple_between(random: Random, first: int, second: int, write: Write) -> Posed:
    """Any multiple of a between two numbers, both included; the range holds one at least."""
    a = number(random, first, least=2)
    known = a * number(random, second)
    low = known - random.randrange(a)
    high = known + random.randrange(2 * a)
    return single(
        f"Name a multiple of {write(a)} between {write(low)} and {write(high)}.",
        known,
        lambda x: low <= x <= high and x % a == 0,
    )


ADD_SUBTRACT: tuple[Operation, ...] = (
    *(add, subtract, add_three, round_to, more_than, less_than, sequence),
)
MULTIPLY_DIVIDE: tuple[Operation, ...] = (
    *(multiply, multiply_three, divide, floor_divide, modulo, remainder, percentage),
    reduce_fraction,
)
MULTI_ANSWER: tuple[Operation, ...] = (
    *(any_below, any_above, prime_below, square_below, two_with_sum, multiple_between),
)
