"""Batches of TRL's trainers: what the policy wrote in them, and groups cut out and put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from dubito.align.replay import Group

PROMPT = ("prompt_ids", "prompt_mask")  # [B, P], padded on the left
COMPLETION = (  # [B, T], padded on the right
    "completion_ids",
    "completion_mask",
    "tool_mask",
    "advantages",
    "old_per_token_logps",
    "ref_per_token_logps",
)
ROW = ("kl_weight",)  # [B]
COUNT = "num_items_in_batch"  # tokens that were written, in all


@dataclass
class Watched:
    """Calls a model and keeps what it gave; the first time it gives what `shown` makes of it."""

    model: Callable[..., Any]
    shown: Callable[[Any], Any] = lambda output: output
    outputs: list[Any] = field(default_factory=list)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What the model gives."""
        self.outputs.append(self.model(*arguments, **options))
        return self.shown(self.outputs[0]) if len(self.outputs) == 1 else self.outputs[-1]


@dataclass(frozen=True)
class Beside:
    """A collator that also hands on columns of numbers, [B] each, which TRL's own drop."""

    collate: Callable[[list[dict[str, Any]]], dict[str, Any]]
    columns: tuple[str, ...]

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        """The batch with these columns.

        Raises:
            ValueError: the data has no such column.
        """
        lacking = [name for name in self.columns if name not in examples[0]]
        if lacking:
            there = ", ".join(sorted(examples[0]))
            raise ValueError(
                f"no column {lacking[0]!r} in the data, which has {there}; add it to the dataset, "
                "or leave it out of columns"
            )
        told = {name: torch.tensor([e[name] for e in examples]) for name in self.columns}
        return {**self.collate(examples), **told}


def written(batch: Mapping[str, Tensor]) -> Tensor:
    """What the policy wrote, without what tools said; bool [B, T]."""
    mask = batch["completion_mask"].bool()
    return mask & batch["tool_mask"].bool() if "tool_mask" in batch else mask


def whole(batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Prompts with their completions, and what of them is no padding.

    Raises:
        ValueError: there are pictures too.
    """
    if "pixel_values" in batch:
        raise ValueError("entropies and logits are of text alone; leave the pictures out")
    return (
        torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1),
        torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1),
    )


def without(batch: Mapping[str, Tensor], kept: Tensor) -> dict[str, Tensor]:
    """The batch with rows that are not kept as if they said nothing; bool [B]."""
    less = {**batch, "completion_mask": batch["completion_mask"] * kept[:, None]}
    return {**less, COUNT: written(less).sum()}


def groups_of(batch: Mapping[str, Tensor], size: int) -> list[Group]:
    """Its groups of `size` rows, without padding; their advantages of tokens, 0 where unwritten.

    Raises:
        ValueError: there is more in the batch than text, which cannot be cut like this.
    """
    more = sorted(set(batch) - {*PROMPT, *COMPLETION, *ROW, COUNT})
    if more:
        raise ValueError(
            f"replay keeps text alone, but the batch holds {', '.join(more)} too; train without "
            "replay, or without pictures and vLLM's correction"
        )
    return [cut(batch, slice(i, i + size)) for i in range(0, len(batch["prompt_ids"]), size)]


def cut(batch: Mapping[str, Tensor], rows: slice) -> Group:
    """Some rows of it, without columns that are padding in all of them; copies."""
    some = {name: value[rows] for name, value in batch.items() if name != COUNT}
    told = some["advantages"]
    of_token = told if told.ndim == 2 else told[:, None]
    some["advantages"] = torch.where(written(some), of_token, 0.0)  # [G, T]
    begin = some["prompt_ids"].shape[1] - int(some["prompt_mask"].any(dim=0).sum())
    end = int(some["completion_mask"].any(dim=0).sum())
    shorter = {name: some[name][:, begin:] for name in PROMPT}
    shorter |= {name: some[name][:, :end] for name in COMPLETION if name in some}
    # A view would keep the whole batch alive.
    return {name: value.clone() for name, value in {**some, **shorter}.items()}


def joined(groups: Sequence[Group]) -> dict[str, Tensor]:
    """One batch of groups, padded with 0 to the longest."""
    told: dict[str, Tensor] = {}
    for name in groups[0]:
        values = [group[name] for group in groups]
        if name not in ROW:
            width = max(value.shape[1] for value in values)
            lack = [width - value.shape[1] for value in values]
            sides = [(n, 0) if name in PROMPT else (0, n) for n in lack]
            values = [pad(value, side) for value, side in zip(values, sides, strict=True)]
        told[name] = torch.cat(values)
    return {**told, COUNT: written(told).sum()}
