"""How alike sets are, whatever they hold: the overlap of two, the disagreement of many."""

from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations

import numpy as np


def overlap(first: AbstractSet[Hashable], second: AbstractSet[Hashable]) -> float:
    """Shared share of two sets, |A n B| / |A u B| in [0, 1]; 1 for two empty sets: they are equal.

    `strings.jaccard` is the same of two texts' words, but 0 where neither has any.
    """
    union = first | second
    return len(first & second) / len(union) if union else 1.0


def disagreement(sets: Sequence[AbstractSet[Hashable]]) -> float:
    """Doubt in [0, 1]: 1 less the mean overlap of all pairs of K sets; 0 when all are equal.

    Raises:
        ValueError: fewer than two sets, so that there is no pair.
    """
    if len(sets) < 2:
        raise ValueError(f"at least 2 sets are needed to disagree, got {len(sets)}")
    return 1.0 - float(np.mean([overlap(a, b) for a, b in combinations(sets, 2)]))
