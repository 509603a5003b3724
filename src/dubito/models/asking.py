"""What a model is asked about its own answer and how it is read [kadavath2022, tian2023]."""

import math
import re
from collections.abc import Iterable

# Short on purpose: reading them is most of what these two estimators cost.
# A model in this process goes on with a line after its own answer; a server is asked a next turn.
P_TRUE_LINE = "\nTrue or False:"
STATED_LINE = "\nConfidence in percent:"
P_TRUE_TURN = "Is that correct? True or False?"
STATED_TURN = "How sure are you, in percent?"

NUMBER = re.compile(r"([-−–]?)(\d+(?:\.\d+|,\d{1,2}(?!\d))?)\s*(%|percent)?", re.IGNORECASE)
OUT_OF_100 = re.compile(r"\s*(?:/|out of)\s*100\b(?!\.\d)\s*%?", re.IGNORECASE)


def parse_stated(text: str) -> float | None:
    """The confidence in [0, 1] that a reply to `STATED_TURN` states; None: no one clear number.

    Where numbers carry a percent sign, only these count. A number below or equal to 1 that is
    written as a decimal fraction, without a percent sign, is taken for a probability:
    "0.85" is 0.85, while "1" is one per cent.
    """
    found = NUMBER.findall(OUT_OF_100.sub("%", text))
    told = [f for f in found if f[2]] or found
    values = {value(*f) for f in told}
    only = values.pop() if len(values) == 1 else math.nan
    return only if 0 <= only <= 1 else None


def value(sign: str, digits: str, percent: str) -> float:
    """One number as a confidence; NaN for a negative one, which is also how "80-90" is read."""
    number = math.nan if sign else float(digits.replace(",", "."))
    fraction = not percent and not digits.isdecimal() and number <= 1
    return number if fraction else number / 100


def share_of_true(top: Iterable[tuple[str, float]]) -> float | None:
    """P(True) / (P(True) + P(False)) in [0, 1] from (token, log-prob) pairs of one position.

    All spellings count ("True", " true", "TRUE"). The word that is not among the pairs is less
    likely than each of them and counts as 0; None where neither is among them.
    """
    mass = {"true": 0.0, "false": 0.0}
    for token, logprob in top:
        word = token.strip().lower()
        if word in mass:
            mass[word] += math.exp(logprob)
    total = mass["true"] + mass["false"]
    return mass["true"] / total if total > 0 else None
