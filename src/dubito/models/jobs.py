"""What the decoder is given and what it hands out."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dubito.evidence import TopK
from dubito.models.rows import Rows
from dubito.models.statistics import Step

REPLY = -1  # the row of a reply that follows on a greedy answer


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One prompt and the draws that make its rows; draw -1 is greedy."""

    ids: list[int]  # tokens to read (after those in `past`)
    draws: NDArray[np.float32]  # [rows, max_tokens]; row 0 is the answer
    past: Rows | None = None  # one row of cache with the tokens already read
    last: frozenset[int] = frozenset()  # tokens that end its rows, besides the decoder's


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One decoded row of T tokens, the end token included."""

    ids: NDArray[np.int64]  # [T]
    logprobs: NDArray[np.float32]  # [T]
    entropies: NDArray[np.float32] | None
    uniform_kl: NDArray[np.float32] | None
    uniform_renyi: NDArray[np.float32] | None
    top: TopK | None  # of answers
    past: Rows | None  # of answers where asked for


@dataclass(slots=True, eq=False)
class Running:
    """A row on its way: what it was asked and what it has shown so far."""

    job: int
    row: int  # 0 the answer, 1 + k sample k, -1 a reply that follows on the answer
    draws: NDArray[np.float32]  # [max_tokens]
    last: frozenset[int] = frozenset()
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    top: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def trace(self, *, full: bool, past: Rows | None) -> Trace:
        """What the row has shown, its distributions where they were measured."""
        numbers = np.array(self.numbers, dtype=np.float64).T  # [5, T]
        shown = [n.astype(np.float32) for n in numbers[1:]]
        measures = shown[1:] if full else (None, None, None)
        top = None
        if self.top:
            ids, values = (torch.stack(t).numpy() for t in zip(*self.top, strict=True))
            top = TopK(ids, values)
        return Trace(numbers[0].astype(np.int64), shown[0], *measures, top=top, past=past)


def columns(seen: Step) -> list[tuple[float, ...]]:
    """The numbers of a step, row by row, the chosen token first."""
    kept = (seen.chosen, seen.logprobs, seen.entropies, seen.uniform_kl, seen.uniform_renyi)
    return [tuple(r) for r in torch.stack([k.double() for k in kept], dim=1).tolist()]
