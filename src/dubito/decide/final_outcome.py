"""What a reasoned text comes to, so that equal answers in different dress are equal."""

from collections.abc import Hashable

import numpy as np

from dubito.data.normalise import normalise
from dubito.data.numbers import numbers
from dubito.estimate.final_answer import final_span
from dubito.evidence import Sequence

NO_TOKENS = np.empty((0, 2), dtype=np.int64)


def final_outcome(text: str) -> Hashable | None:
    """The number or the words of the final answer, by the rule of `final_span`; None: no answer.

    "The answer is $18.00." and "... so 18" come to 18. A text that neither announces an answer
    nor holds a number has no solution.
    """
    start, end = final_span(Sequence(text, offsets=NO_TOKENS))
    said = text[start:end]
    values = {number.value for number in numbers(said)}
    return values.pop() if len(values) == 1 else normalise(said) or None
