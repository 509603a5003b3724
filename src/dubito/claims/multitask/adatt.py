"""Tasks that keep experts and read those of others beat shared experts, and need the residual."""

import math
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor, nn

from dubito.claims.lab import Claim
from dubito.claims.multitask_measures import (
    Build,
    shared_bottom,
    single_tasks,
    towered,
    values,
    without_residual,
)
from dubito.data.worlds.grouped_targets import GROUPS, INPUTS, GroupedTargets, Rows, grouped_targets
from dubito.evidence import Floats
from dubito.multitask.adatt import AdaTT
from dubito.multitask.multi_gate import MultiGate
from dubito.nn.descent import descend
from dubito.nn.tiny_training import Schedule

TASKS, WIDTH, STEPS, BATCH = len(GROUPS), 8, 900, 600
SIZES = (INPUTS, WIDTH, WIDTH)  # of an expert: two layers


def adatt() -> AdaTT:
    """Two levels of one layer each, one expert a task."""
    return AdaTT(INPUTS, [(WIDTH,), (WIDTH,)], natives=(1,) * TASKS)


BODIES: dict[str, Build] = {
    "adatt": adatt,
    "shared bottom": partial(shared_bottom, SIZES, TASKS),
    "multi-gate mixture": partial(MultiGate, SIZES, tasks=TASKS, experts=TASKS),
    "without the residual": lambda: without_residual(adatt()),
    "single tasks": partial(single_tasks, SIZES, TASKS),
}


def tensors(rows: Rows) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, tasks and targets."""
    return (
        torch.from_numpy(rows.x).float(),
        torch.from_numpy(rows.task),
        torch.from_numpy(rows.y).float(),
    )


@cache
def trained(world: GroupedTargets, name: str) -> nn.Module:
    """The net of this name."""
    net = towered(BODIES[name](), WIDTH, tasks=TASKS)

    def loss(x: Tensor, task: Tensor, y: Tensor) -> Tensor:
        return (own(net, x, task) - y).square().mean()

    steps = STEPS if len(world.learn.x) > 10_000 else 20
    schedule = Schedule(steps, rate=5e-3, weight_decay=0.0)
    descend(net, loss, tensors(world.learn), schedule, batch=BATCH, seed=0)
    return net


def own(net: nn.Module, x: Tensor, task: Tensor) -> Tensor:
    """Of each row what its task says, [B]."""
    return values(net, x).gather(1, task[:, None])[:, 0]


def left(world: GroupedTargets, name: str) -> Floats:
    """Share of each task's variance that the net leaves, [T]; the mean leaves 1."""
    x, task, y = tensors(world.judge)
    squared = (own(trained(world, name), x, task) - y).square().detach().numpy()
    which = world.judge.task
    shares = [squared[which == t].mean() / world.judge.y[which == t].var() for t in range(TASKS)]
    return np.array(shares)


def unexplained(world: GroupedTargets, *, name: str) -> float:
    """ln of the mean share over tasks."""
    return math.log(left(world, name).mean())


def no_interference(world: GroupedTargets) -> float:
    """How far below 0.85 of the shared bottom's the mean share is, in ln."""
    gain = unexplained(world, name="shared bottom") - unexplained(world, name="adatt")
    return gain + math.log(0.85)


CLAIM = Claim(
    world=grouped_targets,
    tiny=partial(grouped_targets, learn=60, judge=60),
    ours=partial(unexplained, name="adatt"),
    baselines={
        name: partial(unexplained, name=name)
        for name in ("shared bottom", "multi-gate mixture", "without the residual", "single tasks")
    },
    metric="ln of the share of variance left, mean over tasks",
    higher_is_better=False,
    margin=round(math.log(1 / 0.95), 3),  # a twentieth less
    checks={"leaves at most 0.85 of what a shared bottom of one expert leaves": no_interference},
    seeds=5,
    first_seed=2000,
    paper="li2023adatt",
    paper_figure="better than shared-bottom, cross-stitch, MMoE and PLE on census and industrial "
    "logs; residual and gate both needed",
    size="six tasks in two groups, 3,000 rows each, 12 inputs; experts 12-8-8, 900 steps",
    tried="seeds 1000 to 1004: not reproduced, 0.119 [-0.016, 0.255] above single tasks. Shares"
    " were cut at 1 there, so that the null was 0 whatever happened; they are no longer. "
    "Ours leaves a third less than a shared bottom, as the card asks, and as much as a "
    "mixture without residual paths, as the card foretells of synthetic regression",
)
