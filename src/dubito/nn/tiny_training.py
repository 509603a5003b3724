"""A trainer that trains a tiny model in seconds: AdamW, cosine schedule, loss on chosen tokens."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Batch = tuple[Tensor, Tensor]  # tokens [B, T] int64, and which of them are learnt [B, T] bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: the step size falls from `rate` to 0 along half a cosine."""

    steps: int = 500
    rate: float = 1.5e-3
    weight_decay: float = 0.01

    def at(self, step: int) -> float:
        """Step size at a step."""
        return self.rate * 0.5 * (1 + math.cos(math.pi * step / self.steps))


def token_loss(logits: Tensor, tokens: Tensor, learnt: Tensor) -> Tensor:
    """Mean -log p of the learnt tokens given what precedes them, nats; [B, T, V], [B, T], [B, T].

    The first token has nothing before it and is never learnt.
    """
    shifted, target = logits[:, :-1], tokens[:, 1:]  # [B, T-1, V], [B, T-1]
    kept = learnt[:, 1:]  # [B, T-1]
    return cross_entropy(shifted[kept], target[kept])


def fit(model: nn.Module, batches: Iterator[Batch], schedule: Schedule) -> list[float]:
    """Train the model in place; the loss of each step.

    Raises:
        ValueError: the batches end before the schedule does.
    """
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.rate, weight_decay=schedule.weight_decay
    )
    losses: list[float] = []
    model.train()
    for step in range(schedule.steps):
        batch = next(batches, None)
        if batch is None:
            raise ValueError(f"{schedule.steps} steps, but only {step} batches")
        tokens, learnt = batch
        for group in optimiser.param_groups:
            group["lr"] = schedule.at(step)
        loss = token_loss(model(tokens), tokens, learnt)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
    model.eval()
    return losses
