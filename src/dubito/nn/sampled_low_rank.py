"""A linear layer with several low-rank additions at once [hu2022]: a point, an ensemble, draws."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Members(NamedTuple):
    """The factors of S members; member s adds `b[s] @ a[s]` to the weights of a layer."""

    a: Tensor  # [S, r, d_in]
    b: Tensor  # [S, d_out, r]


class SampledLowRank(nn.Module):
    """base(x) + scaling B_s A_s x of S members: [S B, ..., d_in] -> [S B, ..., d_out].

    Rows are member-major: the first B are member 0's. One member is plain LoRA. What is trained
    are factors given as `nn.Parameter`. `dropout` acts on the branch's input, in training only.

    Where `enters` is set, all members read the same B rows: they come in once, the base projects
    them once, and S B rows go out.
    """

    def __init__(
        self, base: nn.Module, members: Members, *, scaling: float = 1.0, dropout: float = 0.0
    ) -> None:
        """Refuse factors that do not fit each other."""
        super().__init__()
        a, b = members
        if a.ndim != 3 or b.ndim != 3 or (len(a), a.shape[1]) != (len(b), b.shape[2]):
            raise ValueError(
                f"factors [S, r, d_in] and [S, d_out, r] needed, got {[*a.shape]} and {[*b.shape]}"
            )
        self.base = base
        self.a, self.b = a, b
        self.scaling = scaling
        self.dropout = nn.Dropout(dropout)
        self.enters = False

    @property
    def members(self) -> Members:
        """Its factors."""
        return Members(self.a, self.b)

    def forward(self, x: Tensor) -> Tensor:
        """Add each member's branch to its rows."""
        count, d_in = len(self.a), x.shape[-1]
        shared = self.base(x)
        rows = self.dropout(x).to(self.a.dtype)
        if self.enters:
            size, rows = (count * len(x), *x.shape[1:-1]), rows.reshape(1, -1, d_in)  # [1, N, d_in]
        else:
            size, rows = x.shape[:-1], self.by_member(rows)  # [S, N, d_in]
        low = rows @ self.a.mT  # [S, N, r]
        start = shared.to(self.a.dtype).reshape(len(rows), -1, shared.shape[-1])
        # One pass over the output: the addition rides on the product.
        out = torch.baddbmm(start.expand(count, -1, -1), low, self.b.mT, alpha=self.scaling)
        return out.to(shared.dtype).reshape(*size, -1)

    def by_member(self, x: Tensor) -> Tensor:
        """[S B, ..., d] -> [S, N, d]."""
        if len(x) % len(self.a):
            raise ValueError(f"{len(x)} rows are no multiple of {len(self.a)} members; repeat them")
        return x.reshape(len(self.a), -1, x.shape[-1])


@dataclass(frozen=True)
class Adapter:
    """What is put on a linear layer: fresh factors, A drawn for each member by itself and B = 0.

    A is Xavier-uniform times `gain`, within gain sqrt(6 / (d_in + rank)). The layer as it was
    is frozen.
    """

    rank: int = 8
    members: int = 1
    gain: float = 1.0
    scaling: float = 1.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no layer can have."""
        if self.rank < 1 or self.members < 1:
            raise ValueError(
                f"rank and members must be at least 1, got {self.rank} and {self.members}"
            )

    def __call__(self, base: nn.Linear, generator: torch.Generator) -> SampledLowRank:
        """The layer with it."""
        shape = (self.members, self.rank, base.in_features)
        bound = self.gain * (6 / (base.in_features + self.rank)) ** 0.5
        unit = torch.rand(shape, generator=generator, dtype=torch.float64)
        a = ((2 * unit - 1) * bound).to(base.weight)
        b = a.new_zeros(self.members, base.out_features, self.rank)
        members = Members(nn.Parameter(a), nn.Parameter(b))
        base.requires_grad_(False)
        return SampledLowRank(base, members, scaling=self.scaling, dropout=self.dropout).train(
            base.training
        )


def add_low_rank(
    model: nn.Module,
    endings: tuple[str, ...],
    adapter: Callable[[nn.Linear, torch.Generator], nn.Module],
    *,
    seed: int = 0,
) -> list[str]:
    """Put an `Adapter` on every linear layer whose name ends so, in place; their names.

    Nothing else is frozen or changed: freeze the model first where only this is to be trained.

    Raises:
        ValueError: no linear layer is called so.
    """
    generator = torch.Generator().manual_seed(seed)
    found = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.endswith(endings)
    ]
    if not found:
        raise ValueError(f"no linear layer's name ends with one of {endings}")
    for name in found:
        base = model.get_submodule(name)
        assert isinstance(base, nn.Linear)
        model.set_submodule(name, adapter(base, generator))
    return found


class MemberLinear(nn.Module):
    """Full linear layers of M members, each drawn by itself; [M B, d_in] -> [M B, d_out]."""

    def __init__(self, members: int, d_in: int, d_out: int, *, seed: int = 0) -> None:
        super().__init__()
        bound, generator = d_in**-0.5, torch.Generator().manual_seed(seed)
        unit = torch.rand((members, d_in, d_out), generator=generator, dtype=torch.float64)
        weight = ((2 * unit - 1) * bound).to(torch.get_default_dtype())
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(weight.new_zeros(members, 1, d_out))

    def forward(self, x: Tensor) -> Tensor:
        """Each member's rows by its own weights, member-major."""
        if len(x) % len(self.weight):
            raise ValueError(f"{len(x)} rows are no multiple of {len(self.weight)} members")
        rows = x.reshape(len(self.weight), -1, x.shape[-1])  # [M, N, d_in]
        return torch.baddbmm(self.bias, rows, self.weight).reshape(*x.shape[:-1], -1)
