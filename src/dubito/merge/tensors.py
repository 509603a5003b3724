"""The form of every merge: a function of one tensor of the base and the same of each expert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from dubito.merge.checkpoint import Checkpoint

State = Mapping[str, Tensor]  # a state dict, or a `Checkpoint` on disk
PIECE = 1 << 18  # numbers that are worked on at once: they fit into a processor's cache


class Rule(Protocol):
    """How one tensor of the merged model is made."""

    def __call__(self, name: str, base: Tensor, experts: Sequence[Tensor], /) -> Tensor:
        """From this tensor of the base and of each of T experts, all of one shape.

        Each expert is read anew whenever it is asked for, so that only one is in memory where a
        rule looks at one after the other.
        """
        ...


@dataclass(frozen=True)
class Versions(Sequence[Tensor]):
    """One tensor of each expert, read when its turn comes."""

    name: str
    experts: Sequence[State]

    def __getitem__(self, i: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.experts[i][self.name]

    def __len__(self) -> int:
        return len(self.experts)


def merged(
    base: State, experts: Sequence[State], rule: Rule, *, keep: tuple[str, ...] = ()
) -> dict[str, Tensor]:
    """The state dict of the merged model, each tensor in the base's shape and dtype.

    Names that end like one of `keep` are the base's, whatever the experts hold there; so is
    everything that is no floating point.

    Raises:
        ValueError: experts that do not fit the base, or a merge that is not finite; names the
            tensor.
    """
    check_alike(base, experts, keep=keep)
    return {name: merged_tensor(name, base, experts, rule, keep=keep) for name in base}


def merged_tensor(
    name: str, base: State, experts: Sequence[State], rule: Rule, *, keep: tuple[str, ...] = ()
) -> Tensor:
    """One tensor of `merged`."""
    origin = base[name]
    if name.endswith(keep) or not origin.is_floating_point():
        return origin
    value = rule(name, origin, Versions(name, experts)).to(origin.dtype)
    if value.shape != origin.shape:
        raise ValueError(
            f"{name}: the rule made {list(value.shape)} of {list(origin.shape)}; "
            "a merge keeps the shape"
        )
    if not finite(value):
        raise ValueError(
            f"{name}: the merge is not finite in {value.dtype}; look for NaN in the base and the "
            "experts, or keep this tensor of the base: keep"
        )
    return value


def finite(tensor: Tensor) -> bool:
    """Whether all its numbers are."""
    total = tensor.sum(dtype=wide(tensor.dtype))  # cheaper, and seldom too large itself
    return bool(total.isfinite()) or all(bool(p.isfinite().all()) for p in pieces(tensor))


def check_alike(base: State, experts: Sequence[State], *, keep: tuple[str, ...] = ()) -> None:
    """Refuse experts whose tensors are not the base's, `keep` apart.

    Raises:
        ValueError: no expert, or a name, shape or kind of number that differs; names the tensor.
    """
    if not experts:
        raise ValueError("a merge needs at least one expert, got none")
    mine = likeness(base, keep)
    for i, theirs in enumerate(likeness(expert, keep) for expert in experts):
        lacking, extra = mine.keys() - theirs.keys(), theirs.keys() - mine.keys()
        for odd, problem in ((lacking, "lacks"), (extra, "has, unlike the base,")):
            if odd:
                raise ValueError(
                    f"expert {i} {problem} {min(odd)!r}{more(odd)}; merge models of one "
                    "architecture, or leave such names out: keep"
                )
        for name, tensor in mine.items():
            check_tensor(f"expert {i}, {name!r}", tensor, theirs[name])


def likeness(state: State, keep: tuple[str, ...]) -> State:
    """Tensors of the same shapes, those left out that are kept; nothing is read from a disk."""
    shown = state.without_numbers() if isinstance(state, Checkpoint) else state
    return {name: tensor for name, tensor in shown.items() if not name.endswith(keep)}


def check_tensor(where: str, base: Tensor, expert: Tensor) -> None:
    """Refuse another shape, or whole numbers in place of floating point."""
    if expert.shape != base.shape:
        raise ValueError(
            f"{where} is {list(expert.shape)}, in the base {list(base.shape)}; keep the base's "
            "where a vocabulary was resized: keep"
        )
    if expert.is_floating_point() != base.is_floating_point():
        raise ValueError(
            f"{where} is {expert.dtype}, in the base {base.dtype}; give both unquantised"
        )


def more(names: set[str]) -> str:
    """How many there are beside the one that is named."""
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def pieces(tensor: Tensor) -> tuple[Tensor, ...]:
    """The numbers of a tensor in a row, cut into short rows; views where it is contiguous."""
    return tensor.reshape(-1).split(PIECE)


def wide(dtype: torch.dtype) -> torch.dtype:
    """What is calculated in: at least single precision."""
    return dtype if dtype.itemsize >= 4 else torch.float32
