"""Ways to draw S members around low-rank factors; each gives `Members` from `Members`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dubito.nn.sampled_low_rank import Members

# (factors of M members, how many to draw, generator on the CPU) -> that many
Law = Callable[[Members, int, torch.Generator], Members]


def point(members: Members, count: int, _generator: torch.Generator) -> Members:
    """The members themselves, each as often as S holds M."""
    return repeated(members, count)


@dataclass(frozen=True)
class BranchDropout:
    """Inputs of the branch are dropped, others grow by 1 / (1 - rate) [gal2016].

    A member keeps its mask for all rows and tokens, so it is one adapter: a dropped input is a
    column of A that is 0.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a rate that leaves nothing."""
        checked(self.rate)

    def __call__(self, members: Members, count: int, generator: torch.Generator) -> Members:
        """A with its columns masked."""
        a, b = repeated(members, count)
        return Members(a * mask((count, 1, a.shape[2]), self.rate, a, generator), b)


@dataclass(frozen=True)
class RankDropout:
    """The same of the ranks: what lies between A and B is dropped."""

    rate: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a rate that leaves nothing."""
        checked(self.rate)

    def __call__(self, members: Members, count: int, generator: torch.Generator) -> Members:
        """A with its rows masked."""
        a, b = repeated(members, count)
        return Members(a * mask((count, a.shape[1], 1), self.rate, a, generator), b)


@dataclass(frozen=True)
class GaussianNoise:
    """Independent noise of this deviation on each entry of A, and of B.

    It hangs on how the product was factored: see `ColumnSpaceNoise` for one that does not.
    """

    a: float = 0.0
    b: float = 0.0

    def __call__(self, members: Members, count: int, generator: torch.Generator) -> Members:
        """Both with their noise."""
        a, b = repeated(members, count)
        return Members(a + self.a * normal(a, generator), b + self.b * normal(b, generator))


@dataclass(frozen=True)
class ColumnSpaceNoise:
    """B A + sigma U Z, with U the orthonormal basis of what B spans [shi2024].

    The noise has the variance sigma^2 in each direction that B can write to and none elsewhere,
    however B A was factored. Directions below 1e-6 of the greatest, and an untrained B, get none.
    Differs: the paper adds 1e-6 to the singular values instead; no sign flips for each example.
    """

    sigma: float

    def __call__(self, members: Members, count: int, generator: torch.Generator) -> Members:
        """U d and V^T A + sigma Z / d, for B = U d V^T."""
        a, b = members
        basis, sizes, turned = torch.linalg.svd(b.double(), full_matrices=False)  # sizes [M, r]
        held = sizes > 1e-6 * sizes[:, :1]
        deviation = torch.where(held, self.sigma / sizes, 0.0)  # [M, r]
        around = repeated(Members(turned @ a.double(), basis * sizes[:, None, :]), count)
        unit = normal(around.a, generator).unflatten(0, (len(a), -1))  # [M, S / M, r, d_in]
        noise = (deviation[:, None, :, None] * unit).flatten(0, 1)
        return Members((around.a + noise).to(a), around.b.to(b))


def repeated(members: Members, count: int) -> Members:
    """S members from M: each one S / M times, side by side; a view where M is 1 or S.

    Raises:
        ValueError: S is no multiple of M.
    """
    have = len(members.a)
    if count < 1 or count % have:
        raise ValueError(f"{have} members cannot be drawn {count} times in all; ask for a multiple")
    if count == have:
        return members
    if have == 1:
        return Members(*(factor.expand(count, -1, -1) for factor in members))
    return Members(*(factor.repeat_interleave(count // have, dim=0) for factor in members))


def mask(shape: tuple[int, ...], rate: float, like: Tensor, generator: torch.Generator) -> Tensor:
    """0 with this probability, else 1 / (1 - rate)."""
    kept = torch.rand(shape, generator=generator, dtype=torch.float64) >= rate
    return kept.to(like) / (1 - rate)


def normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers of this shape, drawn on the CPU so that devices agree."""
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)


def checked(rate: float) -> None:
    """ValueError for a rate outside [0, 1)."""
    if not 0 <= rate < 1:
        raise ValueError(f"rate must lie in [0, 1), got {rate}")
