"""A function of kept tokens as the loss of a Hugging Face Trainer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Objective = Callable[..., Tensor]  # (logits [N, V], labels [N], **options) -> loss of each, [N]
TrainerLoss = Callable[..., Tensor]  # what a Trainer calls as its compute_loss_func


def trainer_loss(
    objective: Objective, *, columns: Sequence[str] = (), ignored: int = -100, **options: Any
) -> TrainerLoss:
    """A `compute_loss_func` for a causal language model: the objective's mean over kept tokens.

    Logits at t are held against label t + 1, labels `ignored` are dropped, and what is left is
    summed and divided by the number of labelled tokens of the whole step, which the Trainer
    counts. So an objective that looks at each token alone gives the same step in one batch of
    eight and in eight of one; one that compares tokens sees those of a single batch.

    Args:
        objective: (logits [N, V], labels [N]) -> [N]; with columns also one [N, ...] by each
            name.
        columns: values of a row, [B, ...], that the objective wants; see `with_columns`.
        options: of the objective, handed on as they are.
    """

    def loss(
        outputs: Mapping[str, Tensor],
        labels: Tensor | None,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        if labels is None:
            raise ValueError("the batch has no labels; let the collator make a column `labels`")
        target = labels[:, 1:]
        kept = target != ignored  # [B, T - 1]
        logits = outputs["logits"][:, :-1][kept.to(outputs["logits"].device)]  # [N, V]
        if num_items_in_batch is None and not len(logits):
            raise ValueError(f"no token of this batch is kept, all labels are {ignored}")
        of_row = {name: along(outputs, name, kept) for name in columns}
        exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
        each = objective(exact, target[kept].to(logits.device), **of_row, **options)  # [N]
        if num_items_in_batch is None:
            return each.mean()
        return each.sum() / torch.as_tensor(num_items_in_batch, device=each.device)

    return loss


def along(outputs: Mapping[str, Tensor], name: str, kept: Tensor) -> Tensor:
    """The value of its row for each kept token, [B, ...] and [B, T - 1] -> [N, ...]."""
    if name not in outputs:
        raise ValueError(
            f"the batch has no column {name!r}; call with_columns(model, [{name!r}]) "
            "and train with remove_unused_columns=False"
        )
    value = outputs[name]
    return value[:, None].expand(*kept.shape, *value.shape[1:])[kept]


def with_columns(model: nn.Module, columns: Sequence[str]) -> nn.Module:
    """The same model, which from now on hands these columns of its batch on to its output.

    A Trainer shows its loss no more than the labels and the model's output, and most models
    refuse what they do not know. The model's output must be a mapping, as it is by default.
    """
    seen: dict[str, Any] = {}

    def take(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        seen.clear()
        seen.update({name: kwargs.pop(name) for name in columns if name in kwargs})
        return args, kwargs

    def give(_module: nn.Module, _args: tuple[Any, ...], output: Any) -> Any:
        for name, value in seen.items():
            output[name] = value  # a model's output refuses `update`
        return output

    model.register_forward_pre_hook(take, with_kwargs=True)
    model.register_forward_hook(give)
    return model
