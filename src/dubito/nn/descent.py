"""Small networks on rows of numbers, and Adam over batches of them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule


def mlp(inputs: int, widths: Sequence[int], outputs: int, *, seed: int) -> nn.Sequential:
    """Rectified layers in float64, [N, inputs] -> [N, outputs]; the same seed, the same weights."""
    sizes = [inputs, *widths]
    layers: list[nn.Module] = []
    with seeded(seed):
        for before, after in zip(sizes, widths, strict=False):
            layers += [nn.Linear(before, after, dtype=torch.float64), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs, dtype=torch.float64))


def descend(
    model: nn.Module,
    loss: Callable[..., Tensor],
    rows: Sequence[Tensor],
    schedule: Schedule,
    *,
    batch: int,
    seed: int,
) -> list[float]:
    """Train the model in place on `loss(*batch of rows)`; the loss of each step.

    `rows` are tensors of one length N, cut alike: all of them where N <= batch. They come in a
    random order without return, and in a new one when fewer than a batch are left.
    """
    if schedule.steps < 1 or schedule.rate <= 0 or batch < 1:
        raise ValueError(
            "steps and batch must be at least 1 and the rate above 0, "
            f"got {schedule.steps}, {batch} and {schedule.rate}"
        )
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.rate, weight_decay=schedule.weight_decay, fused=True
    )
    n = len(rows[0])
    order, start = torch.arange(n), n
    losses: list[float] = []
    model.train()
    for step in range(schedule.steps):
        if start + min(batch, n) > n:
            order, start = torch.randperm(n, generator=generator), 0
        chosen = order[start : start + batch]
        start += batch
        for group in optimiser.param_groups:
            group["lr"] = schedule.at(step)
        value = loss(*(tensor[chosen] for tensor in rows))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(float(value.detach()))
    model.eval()
    return losses


def in_turn(
    loss: Callable[[Any], Tensor],
    batches: Sequence[Any],
    steps: int,
    *,
    groups: list[dict[str, Any]],
    rate: float,
) -> None:
    """Adam at a constant rate; each step takes the next batch, after the last the first again.

    `groups` are those of a torch optimiser; one may have an "lr" of its own.
    """
    optimiser = torch.optim.Adam(groups, lr=rate)
    for step in range(steps):
        optimiser.zero_grad()
        loss(batches[step % len(batches)]).backward()
        optimiser.step()
