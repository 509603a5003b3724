"""How alike two texts are by their runs of n words: ROUGE-N [lin2004] and BLEU [papineni2002]."""

import math
from collections import Counter
from collections.abc import Sequence

from dubito.maths.strings import plain_words

LONGEST = 4  # runs that BLEU looks at


def ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of n neighbouring words occurs."""
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def rouge_n(a: str, b: str, *, n: int) -> float:
    """F1 of the runs of n `plain_words` that two texts share, in [0, 1], symmetric.

    0 where neither has n words. Differs: no stemming, and letters of all scripts count.
    """
    first, second = ngrams(plain_words(a), n), ngrams(plain_words(b), n)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def bleu(a: str, b: str) -> float:
    """Mean of the BLEU of each text against the other, in [0, 1], symmetric.

    Geometric mean of the shared shares of runs of 1 to 4 `plain_words`, of fewer where the shorter
    text is shorter, times the penalty of a candidate that is shorter than its reference. 0 where
    no run of some length is shared. Differs: BLEU is of a corpus and one-sided.
    """
    first, second = plain_words(a), plain_words(b)
    return (one_sided_bleu(first, second) + one_sided_bleu(second, first)) / 2


def one_sided_bleu(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """BLEU in [0, 1] of one list of words against another; 0 where either is empty."""
    orders = range(1, min(LONGEST, len(candidate), len(reference)) + 1)
    shared = [(ngrams(candidate, n) & ngrams(reference, n)).total() for n in orders]
    if not shared or not all(shared):
        return 0.0
    logs = [math.log(s / (len(candidate) - n + 1)) for n, s in zip(orders, shared, strict=True)]
    brevity = min(0.0, 1 - len(reference) / len(candidate))
    return math.exp(brevity + sum(logs) / len(logs))
