"""AdaTT [li2023adatt]: every task keeps its own experts and reads those of all others."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dubito.nn.expert_bank import Mixture, expert_bank
from dubito.nn.gates import Gate
from dubito.nn.seeded import seeded


class Fusion(nn.Module):
    """One layer: each unit's experts read its vector, each reader mixes all of them.

    [B, U, d] -> [B, R, d']. Readers are the first R units. Their weights are a softmax over all E
    experts of what the reader's own vector says, plus the residual: `native` for each own expert,
    1 where every unit has one, else free numbers. So they do not sum to 1, and own experts count
    twice.
    """

    of: Tensor
    own: Tensor

    def __init__(self, sizes: Sequence[int], *, natives: Sequence[int], readers: int) -> None:
        super().__init__()
        of = torch.arange(len(natives)).repeat_interleave(torch.tensor(natives))  # [E] whose it is
        self.register_buffer("of", of, persistent=False)
        self.register_buffer("own", torch.arange(readers)[:, None] == of, persistent=False)
        self.experts = expert_bank(sizes, experts=len(of))
        self.gates = Gate(sizes[0], len(of), tasks=readers)
        if max(natives) == 1:
            self.register_buffer("native", torch.ones(len(of)))
        else:
            bound = torch.tensor(natives)[of] ** -0.5  # [E]
            self.native = nn.Parameter((2 * torch.rand(len(of)) - 1) * bound)

    def gate(self, x: Tensor) -> Tensor:
        """The softmax part of the weights, [B, U, d] -> [B, R, E]."""
        return self.gates(x[:, : len(self.own)])

    def parts(self, x: Tensor) -> Mixture:
        """What the experts say, and the readers' weights with the residual."""
        outputs = self.experts(x.index_select(1, self.of)).relu()  # [B, E, d']
        return Mixture(outputs, self.gate(x) + self.own * self.native)

    def forward(self, x: Tensor) -> Tensor:
        """A vector for each reader."""
        return self.parts(x).mixed


class AdaTT(nn.Module):
    """A vector for each of T tasks, [B, D] or one of its own for each unit [B, U, D] -> [B, T, d].

    `natives` are the numbers of experts of each task; `shared` adds a unit without a task, which
    has no reader in the last layer. `layers` are the sizes of the experts' perceptrons, level by
    level, rectified throughout: [(16, 8), (8,)] has two levels. Put a tower on each task's vector
    and sum the losses.
    """

    def __init__(
        self,
        d_in: int,
        layers: Sequence[Sequence[int]],
        *,
        natives: Sequence[int],
        shared: int = 0,
        seed: int = 0,
    ) -> None:
        """Refuse a unit without experts."""
        super().__init__()
        if not layers or not natives or min(natives) < 1 or shared < 0:
            raise ValueError(
                "at least one layer, one task and one expert a task needed, "
                f"got {[*layers]}, natives {[*natives]} and shared {shared}"
            )
        units = [*natives, shared] if shared else [*natives]
        self.units, tasks = len(units), len(natives)
        inputs = [d_in, *(sizes[-1] for sizes in layers)]
        last = len(layers) - 1
        with seeded(seed):
            self.layers = nn.ModuleList(
                Fusion((d, *sizes), natives=units, readers=tasks if i == last else len(units))
                for i, (d, sizes) in enumerate(zip(inputs, layers, strict=False))
            )

    def each(self, x: Tensor) -> Tensor:
        """What each unit reads, [B, U, D]."""
        return x[:, None].expand(-1, self.units, -1) if x.ndim == 2 else x

    def forward(self, x: Tensor) -> Tensor:
        """Level by level."""
        z = self.each(x)
        for layer in self.layers:
            z = layer(z)  # [B, U, d], in the last [B, T, d]
        return z

    @torch.no_grad()
    def reads(self, x: Tensor) -> list[Tensor]:
        """Who reads whom: mean softmax weight of each unit's experts, [R, U] for each level."""
        z, found = self.each(x), []
        for layer in self.layers:
            assert isinstance(layer, Fusion)
            gate = layer.gate(z).mean(dim=0)  # [R, E]
            of_unit = gate.new_zeros(len(gate), self.units)
            found.append(of_unit.index_add(1, layer.of, gate))
            z = layer(z)
        return found
