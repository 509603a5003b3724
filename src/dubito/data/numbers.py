"""Numbers as people and models write them, as exact fractions."""

import re
from fractions import Fraction
from typing import NamedTuple

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SIZES = {word: size for size, word in enumerate(UNITS)} | {
    word: 10 * size for size, word in enumerate(TENS, start=2)
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
NUMERAL = "|".join([*SIZES, *SCALES, "hundred"])

DIGITS = re.compile(
    r"(?P<sign>(?<!\w)[-−–]|\b(?:minus|negative)\s+)?"
    r"(?<![\w.])(?P<size>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?!\w)",
    re.IGNORECASE,
)
SPELLED = re.compile(
    rf"(?:\b(?P<sign>minus|negative)\s+)?\b(?P<size>(?:{NUMERAL})(?:[\s-]+(?:and\s+)?(?:{NUMERAL}))*)\b",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number and where it stands in its text."""

    value: Fraction
    start: int
    end: int


def numbers(text: str) -> list[Number]:
    """The numbers written in digits: "-3", "1,200", "0.5", "minus 8".

    A minus right behind another number subtracts and is no sign: "17 - 25" has 17 and 25.
    """
    found: list[Number] = []
    for match in DIGITS.finditer(text):
        size = Fraction(match["size"].replace(",", ""))
        behind = found and not text[found[-1].end : match.start()].strip()
        negative = match["sign"] and not behind
        found.append(Number(-size if negative else size, match.start(), match.end()))
    return found


def spelled(text: str) -> list[Number]:
    """The numbers written in words: "forty-two", "minus one hundred and five"."""
    return [
        Number(value(m["size"]) * (-1 if m["sign"] else 1), m.start(), m.end())
        for m in SPELLED.finditer(text)
    ]


def value(numeral: str) -> Fraction:
    """What "one hundred and five" is worth."""
    total, below = 0, 0  # `below`: what stands before the next thousand, million ...
    for word in re.findall(r"[a-z]+", numeral.lower()):
        if word in SCALES:
            total, below = total + max(below, 1) * SCALES[word], 0
        elif word == "hundred":
            below = max(below, 1) * 100
        else:
            below += SIZES.get(word, 0)  # "and" adds nothing
    return Fraction(total + below)


def as_number(text: str) -> Fraction | None:
    """The value of a text that is one number and nothing else; None for any other text."""
    bare = text.strip().rstrip(".")
    for read in (numbers, spelled):
        for number in read(bare)[:1]:
            if (number.start, number.end) == (0, len(bare)):
                return number.value
    return None
