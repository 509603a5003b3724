"""A base with a sparse difference that is learnt [guo2021, shoouri2023].

The difference is a task vector of which a gate for each number, and one for each tensor, decides
what stays.
"""

import torch
from torch import Tensor, nn

from dubito.merge.tensors import State, wide
from dubito.nn.hard_concrete import HardConcrete

GATES = HardConcrete()
OPEN = 5.0  # the logit of every gate at the start


class SparseDelta(nn.Module):
    """Weights base + group gate * gate * shift, of a frozen base; differences start at 0.

    Call it for the weights, with a generator to draw the gates, without one to take them as they
    stand; use them by `torch.func.functional_call`. Train `shift` slowly and the gates about a
    hundred times faster, with `expected` as a penalty; then `settle`, and go on with `shift`.
    Biases and norms change like all else. The base is held as it is, and not saved along.

    Raises:
        ValueError: no tensor, or one that is no floating point; names it.
    """

    def __init__(self, base: State) -> None:
        """All gates are open."""
        super().__init__()
        odd = [name for name, tensor in base.items() if not tensor.is_floating_point()]
        if not base or odd:
            raise ValueError(f"tensors of floating point needed, got {odd or 'none'}; leave it out")
        self.base = {name: tensor.detach() for name, tensor in base.items()}
        self.sizes = [tensor.numel() for tensor in self.base.values()]
        some = next(iter(self.base.values()))
        row = some.new_zeros(sum(self.sizes), dtype=wide(some.dtype))  # [P]
        self.shift = nn.Parameter(row)
        self.logits = nn.Parameter(torch.full_like(row, OPEN))
        self.group_logits = nn.Parameter(row.new_full((len(self.sizes),), OPEN))  # [G]

    def forward(self, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The weights by their names, in the base's shapes and dtypes."""
        parts = self.delta(generator).split(self.sizes)
        return {
            name: origin + part.view_as(origin).to(origin)
            for (name, origin), part in zip(self.base.items(), parts, strict=True)
        }

    def delta(self, generator: torch.Generator | None = None) -> Tensor:
        """All differences in a row, [P]."""
        single, group = (
            GATES.settled(logits) if generator is None else GATES.drawn(logits, generator=generator)
            for logits in (self.logits, self.group_logits)
        )
        sizes = torch.tensor(self.sizes, device=group.device)
        return group.repeat_interleave(sizes) * single * self.shift

    def expected(self) -> Tensor:
        """The expected number of gates that are open, of numbers and of tensors."""
        return GATES.chance(self.logits).sum() + GATES.chance(self.group_logits).sum()

    @torch.no_grad()
    def settle(self) -> None:
        """Fix for good what changes: where the difference is not 0 now; the gates are done with."""
        settled = self.delta()
        self.shift.copy_(settled)
        self.logits.copy_(torch.where(settled != 0, torch.inf, -torch.inf))
        self.group_logits.fill_(torch.inf)
        self.logits.requires_grad_(False)
        self.group_logits.requires_grad_(False)

    @property
    def density(self) -> float:
        """Share of all numbers that differ from the base's, in [0, 1]."""
        return float((self.delta().detach() != 0).double().mean())
