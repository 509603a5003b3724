"""A model whose low-rank layers are S members for a while: its own layers, or those of PEFT."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from dubito.nn.low_rank_laws import Law, point
from dubito.nn.member_rows import rows_repeated
from dubito.nn.sampled_low_rank import Members, SampledLowRank


@contextmanager
def sampled(
    model: nn.Module,
    law: Law = point,
    *,
    members: int | None = None,
    seed: int = 0,
    adapters: Sequence[str] = (),
    shared: bool = True,
) -> Iterator[int]:
    """Within it the model is S members drawn by `law`, and tells S; afterwards it is as before.

    Its low-rank layers are every `SampledLowRank`, or every plain LoRA layer of PEFT, of which
    the `adapters` named are the members to draw around (without names: the active one). The model
    takes B rows and gives S B, member-major: `logits.unflatten(0, (S, -1))`; with `shared` off
    it is handed S B. Without a number of members, as many as there are.

    Gradients reach the factors. Several PEFT adapters are stacked when the context opens, so open
    it anew after each step of an optimiser. The same seed draws the same members, whatever the
    law's scale: common random numbers.

    Raises:
        ValueError: no low-rank layer, or one that cannot be drawn (merged, DoRA, of embeddings).
    """
    generator = torch.Generator().manual_seed(seed)
    found = {m: own(m, adapters) for m in model.modules() if drawable(m)}
    if not found or model in found:
        raise ValueError(
            f"{type(model).__name__} has no low-rank layer in it; give it some: add_low_rank, "
            "or peft.get_peft_model"
        )
    count = max(len(layer.a) for layer in found.values()) if members is None else members
    drawn: dict[nn.Module, SampledLowRank] = {}
    for module, layer in found.items():
        new = law(layer.members, count, generator)
        made = SampledLowRank(layer.base, new, scaling=layer.scaling, dropout=layer.dropout.p)
        drawn[module] = made.train(module.training)
    with ExitStack() as undo:
        for parent in list(model.modules()):
            for name, child in list(parent.named_children()):
                if child in drawn and parent not in drawn:
                    undo.callback(setattr, parent, name, child)
                    setattr(parent, name, drawn[child])
        if shared:
            undo.enter_context(rows_repeated(model, list(drawn.values()), count))
        yield count


def drawable(module: nn.Module) -> bool:
    """Is it a low-rank layer, ours or of PEFT?"""
    # PEFT that nobody imported has no layer here.
    peft = sys.modules.get("peft.tuners.lora")
    return isinstance(module, SampledLowRank) or (
        peft is not None and isinstance(module, peft.LoraLayer)
    )


def own(module: Any, adapters: Sequence[str]) -> SampledLowRank:
    """The layer as ours: its base, the factors of its adapters as members, its scaling."""
    return module if isinstance(module, SampledLowRank) else of_peft(module, adapters)


def of_peft(module: Any, adapters: Sequence[str]) -> SampledLowRank:
    """A plain LoRA layer of PEFT with these adapters as members, or with the active one.

    Raises:
        ValueError: it is not plain, is merged or switched off, or its adapters do not fit.
    """
    names = [*adapters] or module.active_adapters
    refuse(module, names, explicit=bool(adapters))
    a = torch.stack([module.lora_A[name].weight for name in names])  # [M, r, d_in]
    b = torch.stack([module.lora_B[name].weight for name in names])  # [M, d_out, r]
    rate = module.lora_dropout[names[0]]
    return SampledLowRank(
        module.base_layer,
        Members(a, b),
        scaling=module.scaling[names[0]],
        dropout=rate.p if isinstance(rate, nn.Dropout) else 0.0,
    )


def refuse(module: Any, names: Sequence[str], *, explicit: bool) -> None:
    """ValueError for what cannot be drawn."""
    lora = sys.modules["peft.tuners.lora"]
    kind = type(module).__name__
    if not isinstance(module, lora.Linear) or any(n in module.lora_variant for n in names):
        raise ValueError(f"a LoRA layer of kind {kind}, DoRA or the like: only plain linear ones")
    if module.merged or module.disable_adapters:
        raise ValueError("a LoRA layer is merged or switched off; unmerge or enable it first")
    if len(names) > 1 and not explicit:
        raise ValueError(f"adapters {names} are active at once; name those that are members")
    lacking = [name for name in names if name not in module.lora_A]
    if lacking:
        raise ValueError(f"adapters {lacking} are missing in a layer that has {[*module.lora_A]}")
    if any(module.lora_bias[name] for name in names):
        raise ValueError("a LoRA layer with a bias on B; train it with lora_bias=False")
    if len({(module.r[n], module.scaling[n]) for n in names}) > 1:
        raise ValueError(f"adapters {names} differ in rank or scaling: members are alike in both")
