"""Which tokens of an answer carry facts, by rule: names, numbers, and words that are no filler."""

import re
from collections.abc import Iterator

import numpy as np

from dubito.evidence import Integers, Missing, Sequence

WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
# Words of grammar, which are capitalised at the start of a sentence without being a name.
GRAMMAR = """
a about above after again against all also although am an and another any are as at be because
been before being below between both but by can cannot could did do does doing down during each
either else even ever every few first for from further had has have having he hence her here hers
him his how however i if in into is it its itself just let like may maybe me might more most much
must my neither next no nor not now of off often on once one only or other our out over own
perhaps quite rather same shall she should since so some still such than that the their them then
there therefore these they this those though through thus to too under until up upon us very was
we well were what when where whether which while who whom whose why will with within without would
yes yet you your
"""
FUNCTION_WORDS = frozenset(GRAMMAR.split())


def keyword_tokens(answer: Sequence) -> Integers:
    """Numbers of the tokens that write a name or a number, rising, [K <= T].

    A word is one if it holds a digit, or begins with a capital and is no word of grammar.

    Raises:
        Missing: nobody recorded where the tokens stand in the text.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so they belong to no word")
    marked = np.zeros(len(answer.text) + 1, dtype=bool)  # one more, for empty texts
    for start, end in fact_words(answer.text):
        marked[start:end] = True
    return np.array(
        [t for t, (start, end) in enumerate(answer.offsets) if marked[start:end].any()], dtype=int
    )


def fact_words(text: str) -> Iterator[tuple[int, int]]:
    """Where names and numbers stand in a text."""
    for match in WORD.finditer(text):
        word = match[0]
        name = word[0].isupper() and word.lower() not in FUNCTION_WORDS
        if name or any(c.isdigit() for c in word):
            yield match.span()


def is_filler(token: str) -> bool:
    """A word of grammar, a mark, or nothing: what says nothing by itself."""
    word = token.strip().lower()
    return word in FUNCTION_WORDS or not any(c.isalnum() for c in word)
