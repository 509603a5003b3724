"""EfficientMTL [shoouri2023]: a task is a base and sparse differences from it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dubito.merge.activation_reuse import gap, traced
from dubito.merge.sparse_delta import SparseDelta
from dubito.nn.descent import in_turn

Loss = Callable[[Any, Any], Tensor]  # what the head says, and the labels -> one number
Batch = tuple[Any, Any]  # inputs of the encoder, labels


@dataclass
class DeltaSharing:
    """Learns for one more task a sparse difference from a trained encoder, and a head of its own.

    Three steps of training: with random gates and `sparsity` for each gate expected to be open;
    with what changes fixed, to regain what was lost; and with `likeness` for what linear layers say
    apart from the base, so that most of it can be left out (`reused`, `cuts_that_keep`). Which
    sparsity gives which density depends on the data and on the size of the encoder: see `density_`.

    Differs: Adam at constant rates; the sum of |differences| is one row's mean, not the batch's
    sum; images only, no reference in time.

    Attributes:
        delta_: the difference; called, it gives the weights of the encoder for this task.
        head_: a trained copy of the head.
        density_: share of the encoder's numbers that changed.

    Raises:
        ValueError: steps or weights below 0, or a rate that is not above 0.
    """

    sparsity: float = 1e-4
    likeness: float = 1e-4
    steps: tuple[int, int, int] = (600, 300, 300)
    rate: float = 1e-3
    gate_rate: float = 0.1
    seed: int = 0
    delta_: SparseDelta = field(init=False)
    head_: nn.Module = field(init=False)
    density_: float = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a training that goes nowhere."""
        not_below_0 = all(x >= 0 for x in (*self.steps, self.sparsity, self.likeness))
        if not (not_below_0 and self.rate > 0 and self.gate_rate > 0):
            raise ValueError(
                "steps and weights of at least 0 and rates above 0 needed, got "
                f"{self.steps}, {self.sparsity}, {self.likeness}, {self.rate}, {self.gate_rate}"
            )

    def fit(
        self, encoder: nn.Module, head: nn.Module, batches: Sequence[Batch], *, loss: Loss
    ) -> Self:
        """Learn the difference; every step takes the next batch. Encoder and head stay as they are.

        Raises:
            ValueError: no batch, or an encoder that is not in evaluation.
        """
        if not batches or encoder.training:
            raise ValueError(
                f"{len(batches)} batches, training={encoder.training}; give some, and call "
                "encoder.eval(), so that the base says the same each time"
            )
        delta = SparseDelta(dict(encoder.named_parameters()))
        head = deepcopy(head)
        generator = torch.Generator().manual_seed(self.seed)

        def wrong(weights: dict[str, Tensor], batch: Batch) -> Tensor:
            return loss(head(functional_call(encoder, weights, (batch[0],))), batch[1])

        def sparse(batch: Batch) -> Tensor:
            return wrong(delta(generator), batch) + self.sparsity * delta.expected()

        def alike(batch: Batch) -> Tensor:
            with torch.no_grad():
                base = traced(encoder, {}, batch[0]).layers
            mine = traced(encoder, delta(), batch[0])
            apart = gap(mine.layers, base) / len(batch[0])
            return loss(head(mine.output), batch[1]) + self.likeness * apart

        learnt = [delta.shift, *head.parameters()]
        gates = {"params": [delta.logits, delta.group_logits], "lr": self.gate_rate}
        first, second, third = self.steps
        in_turn(sparse, batches, first, groups=[{"params": learnt}, gates], rate=self.rate)
        delta.settle()
        for loss_of, steps in ((lambda batch: wrong(delta(), batch), second), (alike, third)):
            in_turn(loss_of, batches, steps, groups=[{"params": learnt}], rate=self.rate)
        self.delta_, self.head_, self.density_ = delta, head, delta.density
        return self
