"""The trained weights of a model as one row of numbers, and a model that wears another such row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """Float parameters that take gradients, by name; tied ones once, buffers never.

    Raises:
        ValueError: there is none.
    """
    found = {
        name: p for name, p in model.named_parameters() if p.requires_grad and p.is_floating_point()
    }
    if not found:
        raise ValueError(f"{type(model).__name__} has no parameter that takes gradients")
    return found


def shapes(model: nn.Module) -> dict[str, list[int]]:
    """Name -> shape of what `flat` puts in a row, in that order."""
    return {name: [*p.shape] for name, p in trained(model).items()}


def flat(model: nn.Module) -> Tensor:
    """A copy of the trained weights, [P]; float64 where one of them is, else float32 or wider."""
    return in_a_row(trained(model).values())


def in_a_row(tensors: Iterable[Tensor]) -> Tensor:
    """A copy of them all, [P]; float32 or wider."""
    row = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
    return row.to(torch.promote_types(row.dtype, torch.float32))


def unit_or_zero(rows: Tensor) -> Tensor:
    """Each row at length 1, [..., P]; 0 where it is 0."""
    largest = rows.abs().amax(dim=-1, keepdim=True)  # squares of tiny entries would round to 0
    scaled = rows / largest.where(largest != 0, 1.0)
    return scaled / scaled.norm(dim=-1, keepdim=True).clamp(min=1)  # below 1 it is that of zeros


@contextmanager
def wearing(model: nn.Module, weights: Tensor) -> Iterator[None]:
    """Within it the trained weights are these, [P]; afterwards they are bit for bit what they were.

    Buffers come back as well, so that statistics of batches may be refreshed within.

    Raises:
        ValueError: another number of weights than the model has.
    """
    own = [*trained(model).values()]
    total = sum(p.numel() for p in own)
    if weights.shape != (total,):
        raise ValueError(f"{total} weights needed in one row, got {[*weights.shape]}")
    worn = weights.split([p.numel() for p in own])
    before = [p.detach().clone() for p in own]
    buffers = [*model.buffers()]
    held = [b.clone() for b in buffers]
    try:
        put(own, worn)
        yield
    finally:
        put([*own, *buffers], [*before, *held])


@torch.no_grad()
def put(places: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    """Each value into its place."""
    for place, value in zip(places, values, strict=True):
        place.copy_(value.view_as(place))
