"""Rows for S members: repeated where members begin to differ, and not before."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from dubito.nn.sampled_low_rank import SampledLowRank


@contextmanager
def rows_repeated(
    model: nn.Module, layers: Collection[SampledLowRank], members: int
) -> Iterator[None]:
    """Within it the model takes B rows and gives S B, member-major.

    Blocks before the first that holds one of the layers see B rows: they are computed once for
    all members. A chain of blocks is the outermost `ModuleList` or `Sequential` with all the
    layers in it; without one the model's own inputs are repeated. What a later block is handed
    beside its rows (a mask, positions) is repeated where its first dimension is B > 1.
    """
    with ExitStack() as undo:
        entry, later = chain(model, layers)
        if isinstance(entry, SampledLowRank):
            entry.enters = True
            undo.callback(setattr, entry, "enters", False)
        else:
            hook = partial(at_entry, members=members, least=1 if entry is model else 2)
            handle = entry.register_forward_pre_hook(hook, with_kwargs=True)
            undo.callback(handle.remove)
        for block in later:
            hook = partial(beside, members=members)
            undo.callback(block.register_forward_pre_hook(hook, with_kwargs=True).remove)
        yield


def chain(
    model: nn.Module, layers: Collection[SampledLowRank]
) -> tuple[nn.Module, list[nn.Module]]:
    """The first block that holds a layer, and those after it; the model alone where no chain is."""
    for module in model.modules():
        if isinstance(module, nn.ModuleList | nn.Sequential) and holds(module, layers, all_=True):
            blocks = list(module)
            first = next(i for i, b in enumerate(blocks) if holds(b, layers, all_=False))
            return blocks[first], blocks[first + 1 :]
    return model, []


def holds(module: nn.Module, layers: Collection[SampledLowRank], *, all_: bool) -> bool:
    """Are all of the layers, or is any, in this module?"""
    inside = {id(m) for m in module.modules()}
    return (all if all_ else any)(id(layer) in inside for layer in layers)


def at_entry(
    _block: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], *, members: int, least: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The block's own rows are repeated, and what comes with them if it is of `least` rows."""
    main = rows_of(args, kwargs)

    def more(value: Any) -> Any:
        if value is main:
            return again(value, members)
        return matched(value, len(main), members) if len(main) >= least else value

    return tuple(map(more, args)), {k: more(v) for k, v in kwargs.items()}


def beside(
    _block: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], *, members: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The rows are S B already; what comes with them is repeated."""
    rows = len(rows_of(args, kwargs)) // members

    def more(value: Any) -> Any:
        return matched(value, rows, members) if rows > 1 else value

    return tuple(map(more, args)), {k: more(v) for k, v in kwargs.items()}


def rows_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """The first tensor that a block is called with.

    Raises:
        ValueError: there is none.
    """
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            return value
    raise ValueError("a block was called without a tensor: repeat the rows and say shared=False")


def matched(value: Any, rows: int, members: int) -> Any:
    """Tensors of B rows, in tuples too, repeated; others as they are."""
    if isinstance(value, tuple):
        return tuple(matched(v, rows, members) for v in value)
    if isinstance(value, Tensor) and value.ndim and len(value) == rows:
        return again(value, members)
    return value


def again(value: Tensor, members: int) -> Tensor:
    """[B, ...] -> [S B, ...], member-major."""
    return value.expand(members, *value.shape).flatten(0, 1)
