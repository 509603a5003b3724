"""Later layers read fewer tokens of a prompt [xiong2024]."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from dubito.decide.cache_selection import gathered, kept_places
from dubito.decide.grouped_attention import Watch


@contextmanager
def pruned_prefill(model: PreTrainedModel, watch: Watch, lengths: Sequence[int]) -> Iterator[None]:
    """Meanwhile layer l goes on with at most `lengths[l]` tokens of a prompt, [L].

    `stage_lengths` gives such lengths.
    Kept are the last tokens and those to which they gave most attention in the layer before, in
    order and with the rotary positions that they have. Use it inside `grouped_attention(model)`,
    with its watch, for the one pass over the prompt; not while decoding.

    Raises:
        ValueError: another number of layers, or fewer tokens than the watch's window.
    """
    blocks = [m for m in model.modules() if isinstance(m, GradientCheckpointingLayer)]
    if len(lengths) != len(blocks) or min(lengths) < watch.window:
        raise ValueError(
            f"{len(blocks)} lengths of at least {watch.window} are needed, got {list(lengths)}"
        )
    places: list[tuple[Tensor, Tensor]] = []  # cosines and sines of the tokens that are left
    handles = [
        block.register_forward_pre_hook(
            partial(prune, at=at, size=size, watch=watch, places=places), with_kwargs=True
        )
        for at, (block, size) in enumerate(zip(blocks, lengths, strict=True))
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def prune(
    _: nn.Module,
    given: tuple[Any, ...],
    named: dict[str, Any],
    *,
    at: int,
    size: int,
    watch: Watch,
    places: list[tuple[Tensor, Tensor]],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of a layer, cut to the tokens that it may read."""
    hidden: Tensor = given[0]  # [B, T, d]
    if at == 0:
        places[:] = [named["position_embeddings"]]  # of each [B or 1, T, D]
        return given, named
    if hidden.shape[1] > size:
        looks = watch.looks[at - 1].sum(dim=1)  # [B, w, T] over the heads
        kept = kept_places(looks, size, window=watch.window, kernel=1)  # [B, size]
        hidden = gathered(hidden, kept)
        cos, sin = (p.expand(len(kept), -1, -1) for p in places[0])
        places[:] = [(gathered(cos, kept), gathered(sin, kept))]
    return (hidden, *given[1:]), {**named, "position_embeddings": places[0]}
