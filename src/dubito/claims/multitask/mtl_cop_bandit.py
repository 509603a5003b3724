"""Gradients seen along the way tell which tasks share a teacher better than those of one moment.

They are compared over the encoder alone, so that heads in common do not tell it.
"""

from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import logit
from torch import nn

from dubito.claims.lab import Claim
from dubito.data.worlds.shared_teachers import (
    GROUP,
    INPUTS,
    SharedTeachers,
    Teachers,
    shared_teachers,
)
from dubito.evidence import Floats
from dubito.maths.ranking import auroc
from dubito.multitask.affinity import cosines, held_gradient
from dubito.multitask.bandit import TaskBandit
from dubito.multitask.influence import Influence
from dubito.nn.seeded import seeded

TASKS, STEPS, BATCH, RATE = len(GROUP), 200, 256, 2e-3
INTERVAL, EXPLORATION = 6, 0.2


class Net(nn.Module):
    """An encoder 10-32-16 for all tasks, and a linear head for each group."""

    def __init__(self) -> None:
        super().__init__()
        with seeded(0):
            self.encoder = nn.Sequential(
                nn.Linear(INPUTS, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU()
            )
            self.heads = nn.ModuleList(nn.Linear(16, 1) for _ in set(GROUP))
        self.double()

    def told(self, x: Floats, task: int) -> torch.Tensor:
        """What it says for a task, [N, 10] -> [N]."""
        return self.heads[GROUP[task]](self.encoder(torch.from_numpy(x)))[:, 0]


class Watched(NamedTuple):
    """What a training showed."""

    net: Net
    influence: Floats  # [T, T] over all steps
    first: Floats  # [T, T] cosines of each task's first gradient
    last: Floats  # [T, T] of its last one
    columns: Floats  # [T] mean sum of a column that was paid for


@cache
def trained(teachers: Teachers, *, exploration: float = EXPLORATION) -> Watched:
    """One task a step; at an exploration of 1 all tasks are drawn alike."""
    net, rng = Net(), np.random.default_rng(0)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    bandit = TaskBandit(GROUP, interval=INTERVAL, exploration=exploration)
    seen, sums = Influence(range(TASKS)), []
    first: dict[int, torch.Tensor] = {}
    last: dict[int, torch.Tensor] = {}
    for _ in range(STEPS):
        task = bandit.draw(rng)
        x, y = teachers.draw(task, BATCH, rng)
        loss = (net.told(x, task) - torch.from_numpy(y)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        shared = held_gradient(net.encoder.parameters())
        paid = bandit.observe(task, shared, held_gradient(net.heads[GROUP[task]].parameters()))
        optimiser.step()
        seen.observe(task, shared)
        first.setdefault(task, shared)
        last[task] = shared
        if paid:
            sums.append(logit(paid.rewards))
    return Watched(net, seen.matrix_, at(first), at(last), np.nanmean(sums, axis=0))


def at(moment: dict[int, torch.Tensor]) -> Floats:
    """Cosines of one gradient a task."""
    return cosines(torch.stack([moment[t] for t in range(TASKS)])).numpy()


def pairs(world: SharedTeachers, affinity: Floats) -> tuple[Floats, np.ndarray]:
    """Of each pair of tasks its affinity, both directions' mean, and whether it is of one group."""
    i, j = np.triu_indices(TASKS, 1)
    return (affinity + affinity.T)[i, j] / 2, world.group[i] == world.group[j]


def along_the_way(world: SharedTeachers) -> float:
    """AUROC of the influence over all steps for pairs of one group."""
    return auroc(*pairs(world, trained(world.teachers).influence))


def at_the_end(world: SharedTeachers) -> float:
    """The same of each task's last gradient."""
    return auroc(*pairs(world, trained(world.teachers).last))


def at_the_start(world: SharedTeachers) -> float:
    """The same of each task's first gradient."""
    return auroc(*pairs(world, trained(world.teachers).first))


def groups_stand_out(world: SharedTeachers) -> float:
    """Mean influence within groups above that between them, less 0.1."""
    value, same = pairs(world, trained(world.teachers).influence)
    return float(value[same].mean() - value[~same].mean()) - 0.1


def noise_is_paid_less(world: SharedTeachers) -> float:
    """The mean of useful tasks' columns above that of noise."""
    columns = trained(world.teachers).columns
    return float(columns[:-1].mean() - columns[-1])


def error(world: SharedTeachers, *, exploration: float) -> float:
    """Mean squared error over variance, the mean over the seven useful tasks."""
    net = trained(world.teachers, exploration=exploration).net
    with torch.no_grad():
        told = np.stack([net.told(world.judged, t).numpy() for t in range(TASKS - 1)], axis=1)
    return float((((told - world.truth) ** 2).mean(axis=0) / world.truth.var(axis=0)).mean())


def no_worse_than_uniform(world: SharedTeachers) -> float:
    """1.05 times the error where all tasks are drawn alike, less ours."""
    return 1.05 * error(world, exploration=1.0) - error(world, exploration=EXPLORATION)


CLAIM = Claim(
    world=shared_teachers,
    tiny=partial(shared_teachers, judged=50),
    ours=along_the_way,
    baselines={"last gradients alone": at_the_end, "first gradients alone": at_the_start},
    metric="AUROC of affinity for pairs of one teacher",
    margin=0.05,
    checks={
        "influence 0.1 higher within groups than between": groups_stand_out,
        "steps on noise are paid less than the others": noise_is_paid_less,
        "error at most 1.05 of that of a uniform draw": no_worse_than_uniform,
    },
    seeds=10,
    paper="wang2025mtl",
    paper_figure="12 tasks of TSP, CVRP, OP and KP: smaller optimality gap at equal budget than "
    "usual schedules; tasks of one kind and near size help each other",
    size="8 regressions, encoder of 10-32-16, a head a group, 200 steps of 256 rows",
    tried="Nothing was changed after the one run. The influence tells pairs of one teacher (0.91) "
    "where the last gradients do not (0.30), and the card's three assertions hold as checks. But "
    "linear teachers show in each task's first gradient already (1.00), before anything is learnt, "
    "and the drawn schedule's error is that of a uniform one.",
)
