"""Attention that sees what compression needs, and that reads compressed caches [xiong2024]."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from dubito.decide.cache_selection import later_places
from dubito.decide.grouped_cache import GroupedLayer
from dubito.evidence import Floats
from dubito.models.inside import attention_of

NAME = "dubito_grouped"


@dataclass(slots=True)
class Watch:
    """What the layers showed in the last pass over a prompt, by layer."""

    window: int
    all_queries: bool = False
    looks: dict[int, Tensor] = field(default_factory=dict)  # [B, H, w, T] of the last w queries
    outputs: dict[int, Tensor] = field(default_factory=dict)  # [B, H, w, D] of the same
    queries: dict[int, Tensor] = field(default_factory=dict)  # [B, H, T, D] rotated

    def look(self, layer: int, query: Tensor, key: Tensor, out: Tensor, scaling: float) -> None:
        """Note a layer's pass: queries [B, heads, q, D], keys [B, H, T, D], outputs like queries.

        Attention is averaged over the heads of queries that share a head of the cache.
        """
        last = query[:, :, -self.window :].unflatten(1, (key.shape[1], -1))  # [B, H, share, w, D]
        logits = last @ key[:, :, None].transpose(-1, -2) * scaling  # [B, H, share, w, T]
        later = later_places(logits.shape[-2], logits.shape[-1], logits.device)
        weights = logits.masked_fill(later, -torch.inf).softmax(dim=-1, dtype=torch.float32)
        self.looks[layer] = weights.mean(dim=2)
        shared = out[:, :, -self.window :].unflatten(1, (key.shape[1], -1))
        self.outputs[layer] = shared.transpose(2, 3).flatten(3)  # [B, H, w, share * D]
        if self.all_queries:
            self.queries[layer] = query

    def spread(self) -> Floats:
        """All queries of the one prompt read, [L, H, T, D], as `EntropyBudgets.fit` wants them.

        Raises:
            ValueError: queries were not kept, or of several prompts at once.
        """
        if not self.queries or len(self.queries[0]) != 1:
            raise ValueError("read one prompt inside grouped_attention(model, queries=True)")
        layers = [self.queries[at][0] for at in sorted(self.queries)]
        return np.stack([q.double().cpu().numpy() for q in layers])


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor | GroupedLayer,
    value: Tensor,
    _mask: Tensor | None,
    *,
    scaling: float,
    watch: Watch | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """The function that transformers calls in each layer; outputs [B, q, heads, D]."""
    if isinstance(key, GroupedLayer):
        return key.attend(query, scaling).transpose(1, 2).contiguous(), None
    seen = ~later_places(query.shape[-2], key.shape[-2], query.device)
    out = scaled_dot_product_attention(
        query, key, value, attn_mask=seen, scale=scaling, enable_gqa=True
    )
    if watch is not None:
        watch.look(int(module.layer_idx), query, key, out, scaling)  # type: ignore[arg-type]
    return out.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)


@contextmanager
def grouped_attention(
    model: PreTrainedModel, *, window: int = 8, queries: bool = False
) -> Iterator[Watch]:
    """Meanwhile the model can read compressed caches, and a pass over a prompt is watched.

    The cache in use may be a usual one, which `compress` then makes small, or a compressed one.
    Prompts of a batch must be equally long: there is no padding here.

    Raises:
        ValueError: a model with layers that are no full attention.
    """
    told = model.config.get_text_config().to_dict()
    kinds = set(told.get("layer_types") or ())
    if kinds - {"full_attention"} or (not kinds and told.get("sliding_window")):
        raise ValueError(f"layers of kind {sorted(kinds) or 'sliding'}: only full attention fits")
    watch = Watch(window, queries)

    def watched(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
        return given, {**named, "watch": watch}

    usual = model.config._attn_implementation
    readers = attention_of(model)
    handles = [m.register_forward_pre_hook(watched, with_kwargs=True) for m in readers]
    handles.append(model.register_forward_pre_hook(refuse_padding, with_kwargs=True))
    model.set_attn_implementation(NAME)
    try:
        yield watch
    finally:
        model.set_attn_implementation(usual or "eager")
        for handle in handles:
            handle.remove()


def refuse_padding(_: nn.Module, __: tuple[Any, ...], named: dict[str, Any]) -> None:
    """ValueError for a mask that hides a token."""
    mask = named.get("attention_mask")
    if mask is not None and not bool((mask != 0).all()):
        raise ValueError("padded prompts cannot be compressed; give prompts of one length")
