"""Labels as soft as their task is open teach more of the truth than the same softness for all."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dubito.claims.lab import Claim
from dubito.data.worlds.open_tasks import OpenTasks, open_tasks
from dubito.evidence import Floats
from dubito.learn.soft_labels import smoothing_of, ual
from dubito.nn.descent import descend
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

Rule = Callable[[OpenTasks], Floats]  # smoothing of each task, [C]
MEAN = 0.2  # of an example


def of_doubt(world: OpenTasks) -> Floats:
    """Smoothing of each task, [C], after its doubt."""
    return smoothing_of(world.doubt, mean=MEAN)


def of_another(world: OpenTasks) -> Floats:
    """The same smoothings, each given to another task."""
    return np.random.default_rng(0).permutation(of_doubt(world))


def of_all(world: OpenTasks) -> Floats:
    """The same for every task."""
    return np.full(len(world.doubt), MEAN)


def none(world: OpenTasks) -> Floats:
    """Cross-entropy."""
    return np.zeros(len(world.doubt))


@cache
def by_task(world: OpenTasks, rule: Rule) -> Floats:
    """Cross-entropy of the learnt prediction under the truth of each task, [C] nats."""
    tasks, outputs = world.truth.shape
    smoothing = rule(world)
    with seeded(0):
        model = nn.Sequential(
            nn.Embedding(tasks, 32), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, outputs)
        )
    rows = [torch.from_numpy(x) for x in (world.task, world.output, smoothing[world.task])]
    descend(
        model,
        lambda x, y, s: ual(model(x), y, smoothing=s).mean(),
        rows,
        Schedule(steps=150, rate=5e-3, weight_decay=0.0),
        batch=len(world.task),
        seed=0,
    )
    with torch.no_grad():
        logp = model(torch.arange(tasks)).double().log_softmax(dim=-1).numpy()
    return -(world.truth * logp).sum(axis=1)


def surprise(world: OpenTasks, *, rule: Rule) -> float:
    """Its mean over the tasks, lower is better."""
    return float(by_task(world, rule).mean())


def gain(world: OpenTasks, *, over: Rule, where_open: bool) -> float:
    """How much lower it is than that of another rule, over one half of the tasks."""
    half: NDArray[np.bool_] = world.open == where_open
    return float((by_task(world, over) - by_task(world, of_doubt))[half].mean())


def none_more_open(world: OpenTasks, _rng: np.random.Generator) -> OpenTasks:
    """The null: a doubt that tells no task from another.

    Doubts given to other tasks would do harm instead of nothing; they are a baseline.
    """
    return OpenTasks(
        world.truth, world.open, np.full_like(world.doubt, 0.5), world.task, world.output
    )


CLAIM = Claim(
    world=open_tasks,
    tiny=partial(open_tasks, tasks=10),
    ours=partial(surprise, rule=of_doubt),
    baselines={
        "uniform": partial(surprise, rule=of_all),
        "another task's": partial(surprise, rule=of_another),
        "none": partial(surprise, rule=none),
    },
    metric="cross-entropy under the truth, nats",
    higher_is_better=False,
    margin=0.1,
    checks={
        "below uniform where one output is right": partial(gain, over=of_all, where_open=False),
        "below uniform where many are": partial(gain, over=of_all, where_open=True),
        "below another task's where one is right": partial(gain, over=of_another, where_open=False),
        "below another task's where many are": partial(gain, over=of_another, where_open=True),
    },
    null=none_more_open,
    seeds=5,
    paper="wang2024ual",
    paper_figure="+10.62% on tasks of high entropy, +1.81% on those of low, against fine-tuning",
    size="60 tasks with 3 examples each, 40 outputs, mean smoothing 0.2, a perceptron of 64",
)
