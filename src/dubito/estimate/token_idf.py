"""How rare a token is over documents: the correction by inverse document frequency [zhang2023]."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dubito.evidence import Floats, Integers


def equally_rare(ids: Integers) -> Floats:
    """Weight 1 for every token: no correction; [...] -> [...]."""
    return np.ones(np.shape(ids))


@dataclass(frozen=True, eq=False)
class TokenIdf:
    """Weight > 0 of each token id: the rarer over documents the greater; [...] -> [...].

    `weight` is [V], of token ids from 0. An id outside is that of a token never seen.
    """

    weight: Floats  # [V]
    unseen: float

    def __call__(self, ids: Integers) -> Floats:
        """The weights."""
        i = np.asarray(ids)
        known = (i >= 0) & (i < len(self.weight))
        return np.where(known, self.weight[np.where(known, i, 0)], self.unseen)


def fit_idf(documents: Iterable[Iterable[int]], *, vocabulary: int) -> TokenIdf:
    """log((1 + N) / (1 + n)) + 1 of a token that n of the N documents hold, given as ids.

    Differs: the paper's log(N / (1 + n)) is below 0 for a token in every document, and so would
    be its probability.

    Raises:
        ValueError: no document, or an id outside the vocabulary.
    """
    held: Counter[int] = Counter()
    n = 0
    for document in documents:
        held.update(set(document))
        n += 1
    if not n:
        raise ValueError("no document to count tokens in; give at least one")
    if held and not (min(held) >= 0 and max(held) < vocabulary):
        raise ValueError(
            f"token ids from {min(held)} to {max(held)} do not fit a vocabulary of {vocabulary}"
        )
    weight = np.array([math.log((1 + n) / (1 + held[i])) + 1 for i in range(vocabulary)])
    return TokenIdf(weight, math.log(1 + n) + 1)
