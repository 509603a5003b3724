"""How alike two texts are by their words, without a model.

Two tokenisations: `split_words` cuts at white space, so punctuation sticks to its word;
`plain_words` keeps runs of letters, digits and underscores of any script. Both ignore case.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from dubito.maths.arrays import Floats


def split_words(text: str) -> list[str]:
    """Lower-case words between white space."""
    return text.lower().split()


def plain_words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"\w+", text.lower())


def jaccard(a: str, b: str) -> float:
    """Shared share of the two sets of `split_words`, in [0, 1]; 0 where neither has a word."""
    first, second = set(split_words(a)), set(split_words(b))
    union = first | second
    return len(first & second) / len(union) if union else 0.0


def rouge_l(a: str, b: str) -> float:
    """F1 of the longest common subsequence of `plain_words` [lin2004], in [0, 1], symmetric.

    0 where neither has a word. Differs: no stemming, and letters of all scripts count.
    """
    first, second = plain_words(a), plain_words(b)
    total = len(first) + len(second)
    return 2 * common_length(first, second) / total if total else 0.0


def common_length(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence, by the bits of whole numbers [hyyro2004]."""
    places: dict[str, int] = {}
    for i, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << i
    full = (1 << len(a)) - 1
    row = full  # bit i is 0 where the table of lengths rises between columns i and i + 1
    for word in b:
        match = row & places.get(word, 0)
        row = (row + match | row - match) & full
    return len(a) - row.bit_count()


def pairwise(texts: Sequence[str], similarity: Callable[[str, str], float]) -> Floats:
    """A symmetric similarity between all texts: [K] -> [K, K]; equal texts have 1.

    Each pair of different texts is measured once.
    """
    unique = list(dict.fromkeys(texts))
    between = np.eye(len(unique))
    for i, a in enumerate(unique):
        for j, b in enumerate(unique[:i]):
            between[i, j] = between[j, i] = similarity(a, b)
    row = [unique.index(text) for text in texts]
    return between[np.ix_(row, row)]
