"""Queries of a part of a pool: of some rows at random, or of each kind by its share."""

from dataclasses import dataclass

import numpy as np

from dubito.acquire.pool import Pool, Query, choosable, subpool
from dubito.evidence import Integers

Rng = np.random.Generator


@dataclass(frozen=True)
class Subsampled:
    """Another query among `size` rows drawn at random, so that not all have to be looked at.

    What is labelled stays in its sight. Where no more rows are free it is that query itself.
    """

    query: Query
    size: int = 4096

    def __post_init__(self) -> None:
        """Refuse to look at nothing."""
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")

    def __call__(self, pool: Pool, k: int, rng: Rng) -> Integers:
        """The k rows in the order of that query.

        Raises:
            ValueError: more are wanted than are looked at.
        """
        free = choosable(pool, k)
        if self.size >= len(free):
            return self.query(pool, k, rng)
        if k > self.size:
            raise ValueError(f"k must be in 1 .. {self.size}, the size looked at; got {k}")
        return among(pool, rng.choice(free, self.size, replace=False), self.query, k, rng)


@dataclass(frozen=True)
class Quotas:
    """Another query of each kind of row by itself: of kind j the share `shares[j]` of the k.

    For kinds whose scores do not compare, such as tasks with one word to answer and with many. The
    k are shared out by largest remainder; of equal ones the first kind gets the row.
    """

    query: Query
    kinds: tuple[int, ...]  # [N] in 0 .. len(shares) - 1
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse shares that are none, and a kind without one."""
        if not (self.shares and min(self.shares) >= 0 and abs(sum(self.shares) - 1) <= 1e-9):
            raise ValueError(f"shares must be >= 0 and sum to 1, got {self.shares}")
        if not np.isin(self.kinds, np.arange(len(self.shares))).all():
            told = sorted(set(self.kinds))
            raise ValueError(f"kinds must be in 0 .. {len(self.shares) - 1}, got {told}")

    def __call__(self, pool: Pool, k: int, rng: Rng) -> Integers:
        """The k rows, kind after kind, each in the order of that query.

        Raises:
            ValueError: a kind has fewer free rows than its quota, or not one kind for each row.
        """
        free = choosable(pool, k)
        if len(self.kinds) != len(pool.labelled):
            raise ValueError(f"{len(pool.labelled)} rows, but {len(self.kinds)} kinds")
        of_free = np.array(self.kinds)[free]  # [F]
        chosen = []
        for kind, quota in enumerate(self.quotas(k).tolist()):
            rows = free[of_free == kind]
            if quota > len(rows):
                raise ValueError(f"{quota} rows of kind {kind} wanted, {len(rows)} are free")
            if quota:
                chosen.append(among(pool, rows, self.query, quota, rng))
        return np.concatenate(chosen)

    def quotas(self, k: int) -> Integers:
        """How many of the k each kind gives, [C]."""
        exact = k * np.array(self.shares)
        whole = np.floor(exact).astype(int)
        order = np.argsort(whole - exact, kind="stable")  # largest remainder first
        whole[order[: k - whole.sum()]] += 1
        return whole


def among(pool: Pool, rows: Integers, query: Query, k: int, rng: Rng) -> Integers:
    """What a query chooses of these rows, with all that is labelled in sight."""
    seen = np.sort(np.concatenate([rows, np.flatnonzero(pool.labelled)]))
    return seen[query(subpool(pool, seen), k, rng)]
