"""A compressed copy of a model's key-value cache [xiong2024]."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from dubito.decide.cache_selection import stand_ins
from dubito.decide.grouped_attention import Watch
from dubito.decide.grouped_cache import GroupedCache, GroupedLayer, HeadGroup


def compress(
    past_key_values: Cache, watch: Watch, budgets: ArrayLike, *, kernel: int = 7
) -> GroupedCache:
    """What `budgets` [L, H] leave of a cache that a prompt has filled inside `grouped_attention`.

    Each head keeps so many entries, with the rotary positions that they have; a head of budget 0
    is deleted, and the kept head of its layer whose outputs were most alike answers for it. Decode
    inside `grouped_attention` too: after each token every head is cut to its budget again.

    Raises:
        ValueError: budgets of another shape, below the window, or a watch of another prompt.
    """
    wanted = np.asarray(budgets)
    layers = past_key_values.layers
    full = [filled(layer) for layer in layers]
    shape = (len(layers), full[0][0].shape[1])
    if wanted.shape != shape or (wanted < 0).any():
        raise ValueError(f"budgets >= 0 of shape {shape} are needed, got {wanted.shape}")
    seen = full[0][0].shape[-2]  # the first layer reads the whole prompt
    made = []
    for at, (keys, values) in enumerate(full):
        looks = watch.looks.get(at)
        if looks is None or looks.shape[-1] != keys.shape[-2] or len(looks) != len(keys):
            raise ValueError(
                f"layer {at} was not watched while these {keys.shape[-2]} tokens were read; "
                "fill the cache in one pass inside grouped_attention(model)"
            )
        row = torch.from_numpy(wanted[at].astype(np.int64)).to(keys.device)
        sources = stand_ins(watch.outputs[at], row > 0)
        budgeted = [
            HeadGroup(of, keys[:, of], values[:, of], looks[:, of], size, watch.window, kernel)
            for of, size in heads_by_budget(row)
        ]
        for group in budgeted:
            group.evict()
        made.append(GroupedLayer(budgeted, sources, seen))
    return GroupedCache(made)


def filled(layer: object) -> tuple[Tensor, Tensor]:
    """Keys and values of a layer; ValueError where there are none."""
    if not isinstance(layer, CacheLayerMixin) or layer.keys is None or layer.values is None:
        raise ValueError("nothing to compress: a layer without keys; read the prompt first")
    return layer.keys, layer.values


def heads_by_budget(row: Tensor) -> list[tuple[Tensor, int]]:
    """Heads [n] of each budget above 0 among those of a layer, [H]."""
    sizes = [int(size) for size in row.unique() if size > 0]
    return [((row == size).nonzero()[:, 0], size) for size in sizes]


def cache_bytes(past_key_values: Cache) -> int:
    """Bytes that a cache holds; of a compressed one with the attention that it is judged by."""
    if isinstance(past_key_values, GroupedCache):
        return past_key_values.nbytes
    return sum(t.nbytes for layer in past_key_values.layers for t in filled(layer))
