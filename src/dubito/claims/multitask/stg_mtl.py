"""Data maps of one joint training group tasks that are hard at the same points, as planted.

How hard a task is as a whole, how often its label is 1, and how its labels go with those of others
tell nothing of the groups, or only which task is another's complement.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from sklearn.metrics import adjusted_rand_score
from torch.nn.functional import binary_cross_entropy_with_logits

from dubito.claims.lab import Claim
from dubito.data.worlds.hard_regions import (
    COMPLEMENTS,
    GROUPS,
    TASKS,
    HardRegions,
    TaskBank,
    hard_regions,
)
from dubito.evidence import Floats, Integers
from dubito.multitask.data_maps import DataMap, truth_confidence
from dubito.multitask.grouping import groups
from dubito.multitask.task_groups import TaskGroups
from dubito.nn.descent import mlp

EPOCHS, READ, BATCH, RATE = 12, (4, 8, 12), 64, 3e-3
CLUSTERS = GROUPS + 1


@cache
def maps(bank: TaskBank, *, run: int = 0) -> Floats:
    """Of one training of all tasks together, [16, 3, N, 2], by its own training passes."""
    x, labels = torch.from_numpy(bank.pixels), torch.from_numpy(bank.labels).double()
    net = mlp(x.shape[1], (64, 64), TASKS, seed=run)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(run)
    recorder, read = DataMap(TASKS, len(x)), []
    for epoch in range(1, EPOCHS + 1):
        for index in torch.randperm(len(x), generator=generator).split(BATCH):
            told = net(x[index])
            recorder.record(truth_confidence(told.detach().sigmoid(), labels[index]), index)
            loss = binary_cross_entropy_with_logits(told, labels[index]) * TASKS
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch in READ:
            read.append(recorder.read())
    return np.stack(read, axis=1)


@cache
def grouped(bank: TaskBank) -> TaskGroups:
    """By the maps of the first training."""
    return TaskGroups(CLUSTERS).fit(maps(bank))


def by_mean_confidence(bank: TaskBank) -> Integers:
    """By one number a task: the mean of its last map."""
    return TaskGroups(CLUSTERS).fit(maps(bank)[:, -1, :, 0].mean(axis=1)[:, None]).labels_


def by_base_rate(bank: TaskBank) -> Integers:
    """By one number a task: how far the share of its labels that are 1 is from a half."""
    return groups(-abs(np.subtract.outer(*[abs(bank.labels.mean(axis=0) - 0.5)] * 2)), CLUSTERS)


def by_labels(bank: TaskBank) -> Integers:
    """By how far the labels of two tasks go together, or against each other."""
    return groups(abs(np.corrcoef(bank.labels.T)), CLUSTERS)


def by_maps(bank: TaskBank) -> Integers:
    """Ours."""
    return grouped(bank).labels_


def agreement(world: HardRegions, *, labels: Callable[[TaskBank], Integers]) -> float:
    """Adjusted Rand index of groups with those planted: 1 the same, 0 as by chance."""
    return float(adjusted_rand_score(world.group, labels(world.bank)))


def complements_are_near(world: HardRegions) -> float:
    """How far their distance, over the median of all pairs, is below a fifth; the widest pair."""
    vectors = maps(world.bank).reshape(TASKS, -1)
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    median = np.median(apart[np.triu_indices(TASKS, 1)])
    return 0.2 - float(max(apart[pair] for pair in COMPLEMENTS) / median)


def complements_are_together(world: HardRegions) -> float:
    """Share of the five pairs that are in one group, less 0.99."""
    labels = by_maps(world.bank)
    return float(np.mean([labels[a] == labels[b] for a, b in COMPLEMENTS])) - 0.99


def chance_is_alone(world: HardRegions) -> float:
    """1 where no other task is in the group of the one that is all chance, less 0.99."""
    labels = by_maps(world.bank)
    return float((labels == labels[-1]).sum() == 1) - 0.99


def they_last(world: HardRegions) -> float:
    """Share of tasks that the maps of a second training put in the same group, less 0.9."""
    again = grouped(world.bank).predict(maps(world.bank, run=1)).argmax(axis=1)
    return float((again == by_maps(world.bank)).mean()) - 0.9


CLAIM = Claim(
    world=hard_regions,
    tiny=partial(hard_regions, pictures=200),
    ours=partial(agreement, labels=by_maps),
    baselines={
        "by mean confidence": partial(agreement, labels=by_mean_confidence),
        "by base rate": partial(agreement, labels=by_base_rate),
        "by agreement of labels": partial(agreement, labels=by_labels),
    },
    metric="adjusted Rand index with the planted groups",
    margin=0.3,
    checks={
        "complements nearer than a fifth of the median": complements_are_near,
        "complements in one group": complements_are_together,
        "the task of chance alone": chance_is_alone,
        "a second training gives nine tasks in ten the same group": they_last,
    },
    seeds=8,
    paper="sherif2023",
    paper_figure="CIFAR-100: groups of 100 tasks resemble its super-classes; a random task is "
    "alone, complements are together",
    size="16 binary tasks on 1,797 digits, a perceptron of 64-64, 12 epochs of batches of 64",
)
