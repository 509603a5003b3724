"""Memory for attention heads by the spread of their queries [xiong2024]."""

import math
from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats, Integers
from dubito.maths.matrix_entropy import matrix_entropy


class EntropyBudgets:
    """How many entries of a key-value cache each head keeps: heads of widely spread queries more.

    A narrow head looks at the same places all the time, which its last queries show; a broad one
    needs places that they do not show. Give `fit` the queries of some prompts, once a model.

    Attributes:
        entropies_: [L, H] mean matrix entropy of each head, in [0, 1], higher = broader.
        votes_: [L, H] sum over the prompts of each head's group in that prompt.
        groups_: [L, H] in 0 .. groups - 1, the highest entropies last.

    Differs: the budget of a head's group is scaled so that each layer keeps `budget` entries a
    head on average, whatever the sizes of its groups.
    """

    def __init__(
        self,
        *,
        groups: int = 2,
        ratio: float = 2.0,
        largest: int = 32,
        kv_heads: int | None = None,
    ) -> None:
        """Options.

        `ratio` is what a head of the last group keeps for each entry of one of the first: 1 is
        uniform, below 1 the reverse. `kv_heads`: heads of the cache, each of which serves as many
        heads of queries, in order; None: one each.
        """
        if groups < 1 or largest < 1 or not 0 < ratio < math.inf:
            raise ValueError(
                "groups and largest must be at least 1, ratio above 0 and finite, got "
                f"{groups}, {largest}, {ratio}"
            )
        self.groups = groups
        self.ratio = ratio
        self.largest = largest
        self.kv_heads = kv_heads

    def fit(self, queries: Iterable[ArrayLike]) -> Self:
        """Group the heads by the queries of each prompt, [L, H, T, d]; T may differ.

        Raises:
            ValueError: no prompt, or heads that are no multiple of `kv_heads`.
        """
        found = [self.entropies(one) for one in queries]  # of each prompt [L, H]
        if not found:
            raise ValueError("no prompt to group heads by; give the queries of at least one")
        entropies = np.stack(found)  # [P, L, H]
        heads = entropies.shape[-1]
        if heads < self.groups:
            raise ValueError(f"{heads} heads cannot make {self.groups} groups; ask for fewer")
        self.entropies_: Floats = entropies.mean(axis=0)
        self.votes_: Integers = (ranks(entropies) * self.groups // heads).sum(axis=0)
        # Equal votes are told apart by the mean entropy, which is below 1.
        order = ranks(self.votes_.astype(np.float64) + np.minimum(self.entropies_, 1 - 1e-12))
        self.groups_: Integers = order * self.groups // heads
        return self

    def entropies(self, queries: ArrayLike) -> Floats:
        """Matrix entropy of each head of the cache in one prompt, [L, H, T, d] -> [L, H]."""
        each = matrix_entropy(queries, largest=self.largest)  # [L, heads of queries]
        heads = self.kv_heads or each.shape[-1]
        if each.shape[-1] % heads:
            raise ValueError(f"{each.shape[-1]} heads of queries cannot share {heads} of the cache")
        return each.reshape(len(each), heads, -1).mean(axis=-1)

    def predict(self, budget: int) -> Integers:
        """Entries for each head [L, H]; a layer keeps at most `budget` a head on average."""
        weights = np.linspace(1.0, self.ratio, self.groups)[self.groups_]  # [L, H]
        share = weights / weights.mean(axis=-1, keepdims=True)
        return np.floor(budget * share + 1e-9).astype(np.int64)


def ranks(values: Floats) -> Integers:
    """Rank of each along the last axis from 0; the first of equals is lower."""
    return np.argsort(np.argsort(values, axis=-1, kind="stable"), axis=-1)


def layer_stages(entropies: Sequence[float], *, fall: float = 1.0) -> list[int]:
    """Layers [L] at which a stage starts: the first, and where entropy falls by more than `fall`.

    The entropy of a layer is the sum over its heads, on a corpus.
    """
    values = np.asarray(entropies, dtype=np.float64)
    if not len(values) or not np.isfinite(values).all():
        raise ValueError(f"at least one layer with a finite entropy is needed, got {entropies}")
    return [0, *(1 + np.flatnonzero(values[:-1] - values[1:] > fall)).tolist()]


def stage_lengths(starts: Sequence[int], layers: int, *, least: int, most: int) -> list[int]:
    """Tokens that each of `layers` layers reads, falling stage by stage to `least`; [L].

    Stage s of S, counted from 1, reads least + floor((most - least) / S) (S - s) tokens; layer 0
    reads all `most`. A prompt of fewer than `least` tokens stays whole.
    """
    if not starts or starts[0] != 0 or max(starts) >= layers:
        raise ValueError(f"stages must start at 0 and within {layers} layers, got {starts}")
    step = max(most - least, 0) // len(starts)
    stage = np.searchsorted(np.asarray(starts), np.arange(layers), side="right")  # [L] from 1
    lengths = np.minimum(least + step * (len(starts) - stage), most)
    return [most, *lengths[1:].tolist()]
