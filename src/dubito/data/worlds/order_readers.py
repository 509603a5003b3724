"""Two trained readers of bits, one of which sees where each bit stands; both are asked again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

START, QUERY = 2, 3  # tokens besides the bits 0 and 1
LONGEST = 31
LENGTHS = (8, 16, 30)
ONES = (0.1, 0.3, 0.5, 0.7)


@dataclass(frozen=True, eq=False)
class OrderReaders:
    """P(next bit = 1) of two readers after R orders of the same bits, for each of M multisets."""

    p: Floats  # [2, M, R]
    bayes: Floats  # [M] exact, (ones + 1) / (n + 2)
    sees_positions: Flags  # [2, M]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same predictions; for each multiset a coin says which reader is which."""
        swapped = rng.uniform(size=self.sees_positions.shape[1]) < 0.5
        flags = np.where(swapped, ~self.sees_positions, self.sees_positions)
        changes: dict[str, Any] = {"sees_positions": flags}
        return replace(self, **changes)


def order_readers(seed: int, *, orders: int = 400, steps: int = 600) -> OrderReaders:
    """One-layer transformers that read a start, n bits and a query, and foresee the next bit.

    Trained on coins of a bias ~ U(0, 1) and 1 to 31 throws. At the query one layer attends to
    all bits alike, so without positions nothing tells it their order.
    """
    rng = np.random.default_rng([seed, 3])
    readers = [reader(seed, positions=seen, steps=steps) for seen in (True, False)]
    sets = [(n, round(n * share)) for n in LENGTHS for share in ONES]
    p = []
    for n, ones in sets:
        bits = rng.permuted(np.tile(np.arange(n) < ones, (orders, 1)), axis=1).astype(np.int64)
        p.append([foreseen(model, bits) for model in readers])  # [2, R]
    bayes = np.array([(ones + 1) / (n + 2) for n, ones in sets])
    flags = np.array([[True], [False]]).repeat(len(sets), axis=1)
    return OrderReaders(np.moveaxis(np.array(p), 0, 1), bayes, flags)


def reader(seed: int, *, positions: bool, steps: int) -> TinyTransformer:
    """A trained reader; without positions their vectors are 0 and stay so."""
    with seeded(seed):
        model = TinyTransformer(4, context=LONGEST + 3, width=32, layers=1)
    if not positions:
        model.position.weight.requires_grad_(False).zero_()
    fit(model, throws(np.random.default_rng([seed, 2])), Schedule(steps=steps, rate=5e-3))
    return model


def throws(rng: np.random.Generator, *, batch: int = 128) -> Iterator[Batch]:
    """Batches without end, each of one length; only the bit behind the query is learnt."""
    while True:
        n = int(rng.integers(1, LONGEST + 1))
        bias = rng.uniform(size=(batch, 1))
        bits = (rng.uniform(size=(batch, n + 1)) < bias).astype(np.int64)
        tokens = np.concatenate([framed(bits[:, :-1]), bits[:, -1:]], axis=1)
        learnt = torch.zeros(tokens.shape, dtype=torch.bool)
        learnt[:, -1] = True
        yield torch.from_numpy(tokens), learnt


def framed(bits: Integers) -> Integers:
    """A start before the bits and a query behind them, [R, n] -> [R, n + 2]."""
    edge = np.ones((len(bits), 1), dtype=np.int64)
    return np.concatenate([START * edge, bits, QUERY * edge], axis=1)


@torch.no_grad()
def foreseen(model: TinyTransformer, bits: Integers) -> Floats:
    """P(1) among the two bits after each row, [R, n] -> [R]."""
    logits = model(torch.from_numpy(framed(bits)))[:, -1, :2]  # [R, 2]
    return logits.double().softmax(dim=-1)[:, 1].numpy()
