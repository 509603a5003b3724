"""Weights that are a sum of task vectors, with scales to learn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from dubito.merge.tensors import State, wide


@dataclass(frozen=True, eq=False)
class Composed:
    """Of scales [G, T] the weights base + sum_t scale[g, t] (expert_t - base), g a name's group."""

    base: State
    shifts: State  # [T, ...] task vectors
    groups: tuple[str, ...]  # G
    row: dict[str, int]  # name -> its group's row

    @classmethod
    def of(cls, base: State, experts: Sequence[State], group: Callable[[str], str]) -> Self:
        """Everything in the base is scaled, in groups as they first appear."""
        groups = tuple(dict.fromkeys(group(name) for name in base))
        shifts = {n: torch.stack([e[n].to(p) - p for e in experts]) for n, p in base.items()}
        return cls(base, shifts, groups, {name: groups.index(group(name)) for name in base})

    def __call__(self, scales: Tensor) -> dict[str, Tensor]:
        """The weights; gradients reach the scales."""
        return {
            name: origin + torch.tensordot(scales[self.row[name]].to(origin), self.shifts[name], 1)
            for name, origin in self.base.items()
        }

    def average(self) -> Tensor:
        """Scales of 1 / T, in single precision or better."""
        some = next(iter(self.base.values()))
        tasks = len(next(iter(self.shifts.values())))
        return some.new_full((len(self.groups), tasks), 1 / tasks, dtype=wide(some.dtype))
