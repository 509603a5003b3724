"""Task arithmetic [ilharco2023]: the base plus a weighted sum of what each expert learnt.

A task vector is an expert less its base. These rules differ by who says the weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from dubito.merge.tensors import pieces, wide


def moved(base: Tensor, experts: Sequence[Tensor], scales: Sequence[float]) -> Tensor:
    """base + sum_t scale_t (expert_t - base), in single precision or better; any shape.

    Raises:
        ValueError: not one scale for each expert.
    """
    if len(scales) != len(experts):
        raise ValueError(f"{len(scales)} scales for {len(experts)} experts; give one for each")
    total = base.to(wide(base.dtype), copy=True).contiguous()
    for i, scale in enumerate(scales):
        add_task_vector(total, base, experts[i], scale)
    return total


def add_task_vector(total: Tensor, base: Tensor, expert: Tensor, scale: float) -> None:
    """Add scale (expert - base) to the total, in place; nothing of the expert is held after."""
    exact = total.dtype
    for sum_, mine, theirs in zip(pieces(total), pieces(base), pieces(expert), strict=True):
        sum_.add_(theirs.to(exact) - mine.to(exact), alpha=scale)


@dataclass(frozen=True)
class TaskArithmetic:
    """A scale for each expert: all 1 / T is the mean of the experts, all 0 the base."""

    scales: tuple[float, ...]

    def __call__(self, _name: str, base: Tensor, experts: Sequence[Tensor]) -> Tensor:
        """The merged tensor."""
        return moved(base, experts, self.scales)


@dataclass(frozen=True)
class SameScale:
    """One scale for all experts, however many: 0.3 is customary, the plain sum is 1."""

    scale: float = 0.3

    def __call__(self, _name: str, base: Tensor, experts: Sequence[Tensor]) -> Tensor:
        """The merged tensor."""
        return moved(base, experts, [self.scale] * len(experts))


@dataclass(frozen=True)
class Average:
    """`scale` times the mean task vector; 1 is the mean of the experts, however many."""

    scale: float = 1.0

    def __call__(self, _name: str, base: Tensor, experts: Sequence[Tensor]) -> Tensor:
        """The merged tensor."""
        return moved(base, experts, [self.scale / len(experts)] * len(experts))


@dataclass(frozen=True)
class GroupedArithmetic:
    """Scales that differ between groups of tensors, such as layers."""

    scales: Mapping[str, tuple[float, ...]]  # group -> a scale for each expert
    group: Callable[[str], str]  # of a tensor's name

    def __call__(self, name: str, base: Tensor, experts: Sequence[Tensor]) -> Tensor:
        """The merged tensor."""
        group = self.group(name)
        if group not in self.scales:
            raise ValueError(f"{name}: no scales for its group {group!r}; give some, or keep it")
        return moved(base, experts, self.scales[group])


def one_group(_name: str) -> str:
    """All tensors are one group: scales by task alone."""
    return ""


def by_module(name: str) -> str:
    """A layer's weight and bias are one group: "model.layers.0.mlp.up_proj.weight" -> its layer."""
    return name.rpartition(".")[0]


def by_block(name: str) -> str:
    """A block of a transformer is a group: "model.layers.0.mlp.up_proj.weight" -> "model.layers.0".

    What stands in no numbered block is grouped by its module.
    """
    parts = name.split(".")
    ends = [i for i, part in enumerate(parts) if part.isdecimal()]
    return ".".join(parts[: ends[0] + 1]) if ends else by_module(name)
