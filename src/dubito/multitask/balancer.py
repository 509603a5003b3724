"""Balancers: how the losses of T tasks become one number to descend on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

Scalarizer = Callable[[Tensor], Tensor]  # losses [T] -> one number; those of torchjd are such
Objective = Callable[[Tensor, Tensor], Tensor]  # (logits [N, V], labels [N]) -> [N]


class Balancer(Protocol):
    """Losses [T], each a mean over its own rows, and which of them are present -> one number.

    Without a word on it all T are present. A task that is absent, because the batch has no row of
    it, takes no part: its loss may be anything, NaN too, and nothing is learnt from it. The loss
    of a task that is present is never left out, so that one which is NaN is seen.
    """

    def __call__(self, losses: Tensor, present: Tensor | None = None, /) -> Tensor:
        """What to descend on."""
        ...


def equal_weights(losses: Tensor, present: Tensor | None = None) -> Tensor:
    """The mean of the losses that are present, [T] -> one number; 0 where none is."""
    if present is None:
        return losses.mean()
    return losses.where(present, 0.0).sum() / present.sum().clamp(min=1)


def fixed_weights(weights: Tensor) -> Balancer:
    """The sum of weight times loss over the tasks that are present, at weights [T] of your own.

    Such as a column of `TaskGroups.memberships_`, for a model of that group. A loss of weight 0
    counts as present, so that one which is NaN is seen.

    Raises:
        ValueError: no row of weights, one that is below 0 or not finite, or all 0.
    """
    if (
        weights.ndim != 1
        or not weights.isfinite().all()
        or (weights < 0).any()
        or not weights.any()
    ):
        raise ValueError(f"weights [T] of at least 0, not all 0, needed, got {weights.tolist()}")

    def balancer(losses: Tensor, present: Tensor | None = None, /) -> Tensor:
        if losses.shape != weights.shape:
            raise ValueError(f"losses {[*weights.shape]} needed, got {[*losses.shape]}")
        if present is not None:
            losses = losses.where(present, 0.0)
        return (weights.to(losses) * losses).sum()

    return balancer


def every_task(scalarizer: Scalarizer) -> Balancer:
    """A function of all T losses as a balancer: any of `torchjd.scalarization`, or your own.

    It refuses a batch in which a task is absent.
    """

    def balancer(losses: Tensor, present: Tensor | None = None, /) -> Tensor:
        if present is not None and not present.all():
            absent = (~present).nonzero().flatten().tolist()
            raise ValueError(
                f"no row of tasks {absent} in this batch; sample every task, or balance with "
                "what can do without, such as equal_weights or UncertaintyWeighting"
            )
        return scalarizer(losses)

    return balancer


class TaskLosses(NamedTuple):
    """What a balancer reads."""

    losses: Tensor  # [T] NaN where the task is absent
    present: Tensor  # [T] bool


def by_task(each: Tensor, task: Tensor, tasks: int) -> TaskLosses:
    """The mean loss of each task over its own rows: [N] and their tasks [N] in 0 .. T - 1."""
    count = torch.bincount(task, minlength=tasks)  # [T]
    if len(count) > tasks:
        raise ValueError(f"a row of task {len(count) - 1}, but there are {tasks}, counted from 0")
    total = each.new_zeros(tasks).index_add(0, task, each)  # [T]
    return TaskLosses(total / count, count > 0)


@dataclass(frozen=True)
class Balanced:
    """An objective of tokens, balanced over tasks: what `learn.trainer_loss` makes a Trainer's.

        loss = trainer_loss(Balanced(balancer, objective, tasks=3), columns=["task"])

    A balancer with parameters has to be a module of the model, `model.balancer = balancer`: a
    Trainer clears the gradients of its model and of nothing else, and saves nothing else.

    The number that the balancer gives stands for each of the batch's N tokens, so a step of
    several batches takes the mean of their numbers, each weighing as many tokens as it has.
    """

    balancer: Balancer
    objective: Objective
    tasks: int

    def __call__(self, logits: Tensor, labels: Tensor, *, task: Tensor) -> Tensor:
        """[N, V], [N] and the task of each token's row, [N] -> [N], all alike."""
        losses, present = by_task(self.objective(logits, labels), task, self.tasks)
        return self.balancer(losses, present).expand(len(labels))


def parameter_groups(
    model: nn.Module, balancer: nn.Module, *, weight_decay: float = 0.0, rate: float | None = None
) -> list[dict[str, Any]]:
    """For an optimiser: the trainable parameters of both, each once, without decay on the balancer.

    The balancer may be a module of the model. A Trainer takes the optimiser ready made:
    `optimizers=(AdamW(parameter_groups(...)), None)`.

    Args:
        weight_decay: of the model.
        rate: the balancer's own step size; None: that of the optimiser.
    """
    own = {id(p): p for p in balancer.parameters() if p.requires_grad}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in own]
    faster = {} if rate is None else {"lr": rate}
    return [
        {"params": rest, "weight_decay": weight_decay},
        {"params": [*own.values()], "weight_decay": 0.0, **faster},
    ]
