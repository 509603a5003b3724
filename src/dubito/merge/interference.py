"""How long task vectors are and how far they point the same way, in one pass over the weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dubito.evidence import Floats
from dubito.merge.tensors import State, check_alike, pieces


@dataclass(frozen=True, eq=False)
class TaskVectors:
    """What T task vectors, each over all merged tensors, have with one another."""

    gram: Floats  # [T, T] inner products

    @property
    def squared_norms(self) -> Floats:
        """[T]"""
        return np.diag(self.gram)

    @property
    def cosines(self) -> Floats:
        """[T, T] in [-1, 1]; 0 where they do not interfere, NaN with one that is zero."""
        norm = np.sqrt(self.squared_norms)
        product = norm[:, None] * norm
        return np.divide(self.gram, product, out=np.full_like(self.gram, np.nan), where=product > 0)

    @property
    def interference(self) -> float:
        """Mean cosine of two different ones; NaN of fewer than two, or with one that is zero."""
        pairs = self.cosines[np.triu_indices(len(self.gram), 1)]
        return float(pairs.mean()) if len(pairs) else float("nan")


def task_vectors(
    base: State, experts: Sequence[State], *, keep: tuple[str, ...] = ()
) -> TaskVectors:
    """Inner products of expert - base in double precision, names that end like `keep` left out.

    Raises:
        ValueError: experts that do not fit the base, or that are not finite; names the tensor.
    """
    check_alike(base, experts, keep=keep)
    gram = torch.zeros(len(experts), len(experts), dtype=torch.float64)
    for name in base:
        origin = base[name]
        if name.endswith(keep) or not origin.is_floating_point():
            continue
        for mine, *theirs in zip(
            pieces(origin), *(pieces(expert[name]) for expert in experts), strict=True
        ):
            shift = torch.stack([piece.double() - mine.double() for piece in theirs])  # [T, n]
            gram += (shift @ shift.T).cpu()
        if not bool(gram.isfinite().all()):
            raise ValueError(f"{name}: a task vector is not finite; look for NaN in the experts")
    return TaskVectors(gram.numpy())
