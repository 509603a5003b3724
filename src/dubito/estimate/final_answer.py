"""Where in a reasoned text its final answer stands, by rule."""

import re

import numpy as np

from dubito.data.numbers import numbers
from dubito.estimate.sentence_doubt import sentences
from dubito.evidence import Integers, Missing, Sequence

CUE = re.compile(r"(?:\banswer\s+is\b|\banswer\s*:|####|\\boxed\s*\{)\s*:?", re.IGNORECASE)
SAYS = re.compile(r"[^\n]*?(?=[.!?}]*\s*(?:\n|$)|[.!?]\s|\})")


def final_answer(answer: Sequence) -> Integers:
    """Numbers of the tokens that write the final answer, rising, [n >= 1].

    What follows the last "answer is", "answer:", "####" or "boxed"; else the last number; else
    the last sentence, which is all of a short answer.

    Raises:
        Missing: the text is empty, or nobody recorded where the tokens stand in it.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so nothing says which are the answer")
    start, end = final_span(answer)
    begins, ends = np.asarray(answer.offsets).T  # [T] each
    found = np.flatnonzero((begins < end) & (ends > start))
    if not len(found):
        raise Missing("no token of the answer covers a character: no final answer to find")
    return found


def final_span(answer: Sequence) -> tuple[int, int]:
    """Characters of the final answer, from and to."""
    text = answer.text
    cues = [m.end() for m in CUE.finditer(text)]
    if cues:
        begin = cues[-1] + len(text[cues[-1] :]) - len(text[cues[-1] :].lstrip())
        said = SAYS.match(text, begin)
        if said and said[0]:
            return said.span()
    if found := numbers(text):
        return found[-1].start, found[-1].end
    spans = np.asarray(answer.offsets)
    of = sentences(text, spans)  # [T]
    covering = np.flatnonzero(spans[:, 1] > spans[:, 0])
    if not len(covering):
        return 0, 0
    return int(spans[of == of[covering[-1]], 0].min()), len(text)
