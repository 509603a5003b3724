"""Activations of a base, and of a task only what is far from them [shoouri2023].

What is counted is what an engine for sparse matrices would do; this one calculates all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dubito.merge.tensors import State

Hook = Callable[[str, Tensor, Tensor], Tensor | None]  # name, in, out -> what to go on with


class Seen(NamedTuple):
    """One call of a linear layer."""

    name: str
    read: Tensor  # [..., d_in]
    said: Tensor  # [..., d_out]


class Traced(NamedTuple):
    """What a model says, and its linear layers in the order of their calls."""

    output: Any
    layers: tuple[Seen, ...]


class Reused(NamedTuple):
    """A run of a task on the activations of the base; shares in [0, 1] of each linear layer."""

    output: Any
    density: tuple[float, ...]  # of its outputs, those that differ from the base's
    work: tuple[float, ...]  # of its multiply-adds, those beyond the base's run
    cuts: tuple[float, ...]  # differences below were dropped


def traced(model: nn.Module, weights: State, *inputs: Any) -> Traced:
    """Run with these weights in place of the model's own; {} is the base itself."""
    seen: list[Seen] = []

    def look(name: str, read: Tensor, said: Tensor) -> None:
        seen.append(Seen(name, read, said))

    with hooked(model, look):
        return Traced(functional_call(model, dict(weights), inputs), tuple(seen))


def gap(mine: Sequence[Seen], base: Sequence[Seen]) -> Tensor:
    """Sum over layers and entries of |difference of outputs|; one number."""
    pairs = zip(mine, base, strict=True)
    return torch.stack([(a.said - b.said).abs().sum() for a, b in pairs]).sum()


@torch.no_grad()
def reused(
    model: nn.Module, weights: State, base: Traced, *inputs: Any, cuts: Sequence[float]
) -> Reused:
    """Run a task where layer l adds to the base's output only differences of at least cuts[l].

    Cuts of 0 are the task's own run. With infinite ones all linear layers say what the base's do.
    `base` is the base's trace of the same inputs.

    Raises:
        ValueError: not one cut for each linear layer that is called, or a trace of other layers.
    """
    if len(cuts) != len(base.layers):
        raise ValueError(f"{len(base.layers)} cuts needed, one a linear layer, got {len(cuts)}")
    return run_on(model, weights, base, inputs, cut=lambda layer, _: cuts[layer])


@torch.no_grad()
def cuts_that_keep(
    model: nn.Module, weights: State, base: Traced, *inputs: Any, share: float
) -> tuple[float, ...]:
    """Cuts at which this share of the differences stays in each layer, the others cut before it.

    Raises:
        ValueError: a share outside of [0, 1], or a trace of other layers.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share in [0, 1] needed, got {share}")

    def cut(_layer: int, difference: Tensor) -> float:
        dropped = round((1 - share) * difference.numel())
        if dropped == difference.numel():
            return float("inf")
        return float(difference.abs().flatten().kthvalue(dropped + 1).values)

    return run_on(model, weights, base, inputs, cut=cut).cuts


def run_on(
    model: nn.Module,
    weights: State,
    base: Traced,
    inputs: tuple[Any, ...],
    *,
    cut: Callable[[int, Tensor], float],
) -> Reused:
    """`reused`, with cuts that may depend on the differences of the layer."""
    density: list[float] = []
    work: list[float] = []
    cuts: list[float] = []
    changed = changes(model, weights)

    def go_on(name: str, read: Tensor, said: Tensor) -> Tensor:
        layer = len(cuts)
        if [there.name for there in base.layers[layer : layer + 1]] != [name]:
            raise ValueError(
                f"call {layer} is of layer {name!r}, the base's trace has "
                f"{[there.name for there in base.layers]}; trace it by the same model and inputs"
            )
        was = base.layers[layer]
        difference = said - was.said
        cuts.append(cut(layer, difference))
        kept = difference.masked_fill(difference.abs() < cuts[-1], 0.0)
        density.append(share_of_any(kept))
        weight = f"{name}.weight" if name else "weight"
        work.append(min(1.0, share_of_any(read - was.read) + changed.get(weight, 0.0)))
        return was.said + kept

    with hooked(model, go_on):
        output = functional_call(model, dict(weights), inputs)
    return Reused(output, tuple(density), tuple(work), tuple(cuts))


def changes(model: nn.Module, weights: State) -> Mapping[str, float]:
    """The share of each tensor's numbers that differ from the model's own."""
    own = dict(model.named_parameters())
    return {n: share_of_any(w - own[n]) for n, w in weights.items() if n in own}


def share_of_any(tensor: Tensor) -> float:
    """Of numbers that are not 0."""
    return float((tensor != 0).double().mean())


@contextmanager
def hooked(model: nn.Module, hook: Hook) -> Iterator[None]:
    """Within it every linear layer shows what it reads and says, and goes on with the answer.

    Raises:
        ValueError: there is none.
    """
    found = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    if not found:
        raise ValueError(f"{type(model).__name__} has no linear layer whose activations could stay")

    def calls(name: str) -> Callable[..., Tensor | None]:
        return lambda _module, read, said: hook(name, read[0], said)

    handles = [module.register_forward_hook(calls(name)) for name, module in found.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
