"""Perceptrons of M members side by side [lakshminarayanan2017]: a deep ensemble as one module."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from dubito.nn.descent import descend
from dubito.nn.sampled_low_rank import MemberLinear
from dubito.nn.tiny_training import Schedule


class MemberMLP(nn.Module):
    """M perceptrons that share nothing; [B, d], or [M, B, d] for rows of their own, -> [M, B, out].

    A member's first weights depend on `seed` and its place, not on how many members there are.
    Sum the members' losses, do not average them: each then steps as it would alone.
    """

    def __init__(
        self,
        members: int,
        inputs: int,
        widths: Sequence[int],
        outputs: int = 1,
        *,
        seed: int = 0,
        activation: Callable[[Tensor], Tensor] = relu,
    ) -> None:
        """Draw the weights, uniform within 1 / sqrt(inputs of the layer); biases are 0."""
        super().__init__()
        if members < 1:
            raise ValueError(f"members must be at least 1, got {members}")
        sizes = [inputs, *widths, outputs]
        # Seeds that are spread: seed + 1 would give one layer what the next has under `seed`.
        seeds = np.random.SeedSequence(seed).generate_state(len(sizes) - 1).tolist()
        self.members, self.activation = members, activation
        self.layers = nn.ModuleList(
            MemberLinear(members, a, b, seed=s)
            for a, b, s in zip(sizes, sizes[1:], seeds, strict=False)
        )

    def start_at_zero(self) -> None:
        """Make the outputs 0 whatever comes in, until they are trained."""
        nn.init.zeros_(self.layers[-1].get_parameter("weight"))

    def forward(self, x: Tensor) -> Tensor:
        """What each member says of each row.

        Raises:
            ValueError: rows that are neither [B, d] nor [M, B, d].
        """
        if x.ndim not in (2, 3) or (x.ndim == 3 and len(x) != self.members):
            raise ValueError(f"rows [B, d] or [{self.members}, B, d] needed, got {[*x.shape]}")
        rows = x.expand(self.members, *x.shape[-2:]).flatten(0, 1)  # [M B, d]
        for i, layer in enumerate(self.layers):
            rows = layer(self.activation(rows) if i else rows)
        return rows.unflatten(0, (self.members, x.shape[-2]))


def descend_members(
    net: MemberMLP,
    loss: Callable[..., Tensor],
    rows: Sequence[Tensor],
    schedule: Schedule,
    *,
    batch: int,
    seed: int,
    resampled: bool = False,
) -> list[float]:
    """Train all members at once in place, each on the rows in an order of its own; summed losses.

    `loss` gets of each of `rows` [N, ...] what the members see, [M, b, ...], and gives each
    member's own loss, [M]. `resampled`: each member first draws N of the rows, with return.
    """
    generator = torch.Generator().manual_seed(seed)
    n, shape = len(rows[0]), (net.members, len(rows[0]))
    if resampled:
        places = torch.randint(n, shape, generator=generator)  # [M, N]
    else:
        places = torch.rand(shape, generator=generator).argsort(dim=1)

    def summed(place: Tensor) -> Tensor:
        return loss(*(tensor[place.T] for tensor in rows)).sum()

    return descend(net, summed, [places.T], schedule, batch=batch, seed=seed)
