"""Dropout that stays [roberts2023]: one mask for all positions, by an individual's number."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn

from dubito.nn.mc_dropout import Dropping


def dropping_places(model: nn.Module, endings: Sequence[str] = ()) -> dict[str, nn.Module]:
    """Name -> the layers of dropout, or the linear layers whose names end so.

    Raises:
        ValueError: there is none.
    """
    named = model.named_modules()
    if endings:
        kind = f"linear layer whose name ends with one of {tuple(endings)}"
        linear = {n: m for n, m in named if isinstance(m, nn.Linear)}
        found: dict[str, nn.Module] = {
            n: m for n, m in linear.items() if n.endswith(tuple(endings))
        }
    else:
        kind = "layer of dropout"
        found = {n: m for n, m in named if isinstance(m, Dropping)}
    if not found:
        raise ValueError(
            f"{type(model).__name__} has no {kind}; name the linear layer "
            "of each block whose output is dropped, such as 'mlp.down_proj'"
        )
    return found


@contextmanager
def kept_masks(
    places: dict[str, nn.Module], *, rate: float, identity: Sequence[int], by_row: bool = False
) -> Iterator[None]:
    """Within it each place drops what this identity drops, in training as in evaluation.

    A mask has the width of its place and holds for all positions, and for all rows unless
    `by_row`; its entries are 0 or 1 / (1 - rate) and hang on identity, name and width alone, so
    that no mask has to be stored. A layer of dropout drops by it instead of its own; a linear
    layer's output is dropped. What has four dimensions or more (weights of attention) is left.

    Raises:
        ValueError: a rate outside [0, 1).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must lie in [0, 1), got {rate}")
    with ExitStack() as undo:
        for name, module in places.items():
            hook = partial(dropped, key=[*identity, crc32(name.encode())], rate=rate, by_row=by_row)
            undo.callback(module.register_forward_hook(hook).remove)
        yield


def dropped(
    module: nn.Module,
    args: tuple[Any, ...],
    out: Tensor,
    *,
    key: Sequence[int],
    rate: float,
    by_row: bool,
) -> Tensor:
    """The layer's output by this mask; of dropout its input, whatever it dropped itself."""
    plain = args[0] if isinstance(module, Dropping) else out
    if plain.ndim > 3:
        return plain
    rows = len(plain) if by_row and plain.ndim > 1 else 1
    mask = kept_mask(key, rows, plain.shape[-1], rate=rate).to(plain)  # [1 or B, W]
    return plain * (mask[:, None] if plain.ndim == 3 else mask if plain.ndim == 2 else mask[0])


def kept_mask(key: Sequence[int], rows: int, width: int, *, rate: float) -> Tensor:
    """0 or 1 / (1 - rate), [rows, width]; a row is the same however many follow it."""
    kept = np.random.default_rng(key).random((rows, width)) >= rate
    return torch.from_numpy(kept / (1 - rate))
