"""Hidden states and attention of answers, from the layers that were asked for and no others."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer

from dubito.evidence import Layers, Plan
from dubito.models.rows import joined
from dubito.models.told import Told

GROUP = 8  # answers read in one pass

Kept = dict[float, Tensor]  # by depth


@torch.inference_mode()
def inside(
    model: PreTrainedModel, told: Sequence[Told], plan: Plan
) -> list[tuple[Layers | None, Layers | None]]:
    """Hidden states and attention of each greedy answer; the prompt's cache is used again."""
    found: list[tuple[Layers | None, Layers | None]] = []
    for start in range(0, len(told), GROUP):
        found += read_again(model, told[start : start + GROUP], plan)
    return found


def read_again(
    model: PreTrainedModel, told: Sequence[Told], plan: Plan
) -> list[tuple[Layers | None, Layers | None]]:
    """One pass over the last token of each prompt and all tokens of its answer.

    Rows are padded at the right, where no token looks, so that none is torn from its past.
    """
    device = model.device
    ids = [[t.ids[-1], *t.answer.ids.tolist()] for t in told]
    width = max(map(len, ids))
    padded = torch.tensor([i + [0] * (width - len(i)) for i in ids], device=device)
    lengths = torch.tensor([len(i) for i in ids], device=device)
    cache = joined([t.past.first(len(t.ids) - 1) for t in told])
    before = cache.seen.shape[1]
    positions = cache.append(torch.arange(width, device=device) < lengths[:, None])
    with keeping(model, plan) as (hidden, attention):
        model(
            input_ids=padded,
            attention_mask=cache.seen.long(),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
    out = []
    for row, t in enumerate(told):
        size, prompt = len(ids[row]), len(t.ids) - 1
        own = slice(before - prompt, before + size)  # columns of this row's tokens
        out.append(
            (
                layers(hidden, (row, slice(size))),
                layers(attention, (row, slice(None), slice(1, size), own)),
            )
        )
    return out


def layers(kept: Kept, part: tuple[int | slice, ...]) -> Layers | None:
    """The record of one row's part of what was kept; None where nothing was."""
    if not kept:
        return None
    depths = tuple(sorted(kept))
    return Layers(depths, np.stack([kept[d][part].float().cpu().numpy() for d in depths]))


@contextmanager
def keeping(model: PreTrainedModel, plan: Plan) -> Iterator[tuple[Kept, Kept]]:
    """Hidden states and attention weights of the next pass, by depth, where the plan asks.

    Weights are only computed by plain attention, so the model works with it meanwhile.
    """
    hidden: Kept = {}
    attention: Kept = {}
    blocks = [m for m in model.modules() if isinstance(m, GradientCheckpointingLayer)]
    readers = attention_of(model)
    handles = [keep_states(blocks, d, hidden) for d in plan.hidden]
    handles += [keep_weights(readers, d, attention) for d in plan.attention]
    usual = model.config._attn_implementation
    if plan.attention:
        model.set_attn_implementation("eager")
    try:
        yield hidden, attention
    finally:
        if usual:
            model.set_attn_implementation(usual)
        for handle in handles:
            handle.remove()


def attention_of(model: PreTrainedModel) -> list[nn.Module]:
    """The attention module of each layer, in order; all of transformers know their index."""
    named = [m for m in model.modules() if type(m).__name__.endswith("Attention")]
    found = {m.layer_idx: m for m in named if "layer_idx" in vars(m)}
    return [found[i] for i in sorted(found)]  # type: ignore[misc, index]


def keep_states(blocks: Sequence[nn.Module], depth: float, kept: Kept) -> Any:
    """What block round(depth * L) hands on; at depth 0 what the first one gets, the embeddings."""
    at = round(depth * len(blocks))

    def before(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        kept[depth] = given[0]

    def after(_: nn.Module, __: object, out: Tensor | tuple[Tensor, ...]) -> None:
        kept[depth] = out if isinstance(out, Tensor) else out[0]

    if at == 0:
        return blocks[0].register_forward_pre_hook(before)
    return blocks[at - 1].register_forward_hook(after)


def keep_weights(readers: Sequence[nn.Module], depth: float, kept: Kept) -> Any:
    """The weights of the layer nearest to a depth, [rows, H, width, columns]."""
    at = round(depth * (len(readers) - 1))

    def after(_: nn.Module, __: object, out: tuple[Tensor, ...]) -> None:
        kept[depth] = out[1]

    return readers[at].register_forward_hook(after)
