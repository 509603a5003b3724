"""Fair portions: equal numbers from several pools, as far as each reaches."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def shares(n: int, sizes: Sequence[int]) -> list[int]:
    """How many to take of each pool so that they make n: equal, but no more than its size.

    The first pools take what does not divide; pools that hold too few make less than n.
    """
    counts = [0] * len(sizes)
    while sum(counts) < min(n, sum(sizes)):
        roomy = [i for i, size in enumerate(sizes) if counts[i] < size]
        for i in roomy[: n - sum(counts)]:
            counts[i] += 1
    return counts


def take_turns(pools: Sequence[Sequence[Item]]) -> Iterator[Item]:
    """The first of each pool, then the second of each, to the end of the longest."""
    for i in range(max(map(len, pools), default=0)):
        yield from (pool[i] for pool in pools if i < len(pool))
