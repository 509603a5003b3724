"""Gates: how much of each expert, from whatever the gate reads, or from nothing.

A gate gives weights [..., T, E] that mix a bank's outputs by `weights @ outputs`. How logits
become weights is a function: `softmax`, `TopK(2)`, `signed`, or your own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dubito.nn.expert_bank import ExpertLinear

Normalise = Callable[[Tensor], Tensor]  # logits [..., E] -> weights [..., E]


def softmax(logits: Tensor) -> Tensor:
    """Weights above 0 of sum 1, [..., E]; an expert of logit -inf gets none."""
    return logits.softmax(dim=-1)


def signed(logits: Tensor) -> Tensor:
    """The logits themselves, [..., E]: weights of any sign and sum."""
    return logits


@dataclass(frozen=True)
class TopK:
    """The softmax over the k largest logits [shazeer2017], [..., E]; the others get exactly 0."""

    k: int = 2

    def __post_init__(self) -> None:
        """Refuse a choice of none."""
        if self.k < 1:
            raise ValueError(f"k must be at least 1, got {self.k}")

    def __call__(self, logits: Tensor) -> Tensor:
        """Of two that are equal one is kept."""
        return kept(logits, self.k, other=-math.inf).softmax(dim=-1)


def kept(values: Tensor, k: int, *, other: float = 0.0) -> Tensor:
    """The k largest along the last axis, `other` instead of the rest; [..., E].

    Of a softmax without another normalisation, so that even a gate of k = 1 gets a gradient
    [fedus2022].
    """
    if k > values.shape[-1]:
        raise ValueError(f"k = {k} of {values.shape[-1]} experts; choose at most all")
    largest = values.topk(k, dim=-1).indices  # [..., k]
    stays = torch.zeros_like(values, dtype=torch.bool).scatter(-1, largest, True)
    return values.masked_fill(~stays, other)


class Gate(nn.Module):
    """T gates over E experts, each linear in what it reads: [..., 1 or T, d_in] -> [..., T, E].

    It may read anything: the rows, what the experts read, a vector of the task, a pooled sample,
    scores of clusters. `visible`, bool [T, E], hides experts from tasks.
    """

    visible: Tensor

    def __init__(
        self,
        d_in: int,
        experts: int,
        *,
        tasks: int = 1,
        normalise: Normalise = softmax,
        visible: Sequence[Sequence[bool]] | None = None,
        bias: bool = True,
    ) -> None:
        """Refuse a task that sees nothing."""
        super().__init__()
        self.linear = ExpertLinear(tasks, d_in, experts, bias=bias)
        self.normalise = normalise
        seen = torch.ones(tasks, experts, dtype=torch.bool) if visible is None else visible
        self.register_buffer("visible", torch.as_tensor(seen), persistent=False)
        if self.visible.shape != (tasks, experts) or not self.visible.any(dim=1).all():
            raise ValueError(
                f"visible must be [{tasks}, {experts}] with an expert for every task, "
                f"got {self.visible.tolist()}"
            )

    def forward(self, x: Tensor) -> Tensor:
        """Weights of the experts; 0 for those that are hidden, if -inf means 0."""
        return self.normalise(self.linear(x).masked_fill(~self.visible, -math.inf))


class FreeGate(nn.Module):
    """A gate that reads nothing: one free vector of logits for each of T tasks; [T, E].

    `forward()[task]` are the weights of rows with tasks [B]. It starts at logits of 0.
    """

    def __init__(self, experts: int, *, tasks: int = 1, normalise: Normalise = softmax) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(tasks, experts))
        self.normalise = normalise

    def forward(self) -> Tensor:
        """Weights of the experts for each task."""
        return self.normalise(self.logits)
