"""Orthonormal experts, frozen, carry more to new tasks of the same skills than plain experts do."""

import math
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dubito.claims.lab import Claim
from dubito.data.worlds.shared_skills import INPUTS, Lessons, SharedSkills, shared_skills
from dubito.evidence import Floats
from dubito.multitask.orthogonal_experts import OrthogonalExperts
from dubito.nn.orthonormal import gram_schmidt, mean_cosine
from dubito.nn.seeded import seeded

WIDTH, EXPERTS, BATCH = 24, 4, 128
Process = Callable[[Tensor], Tensor]


def plain(outputs: Tensor) -> Tensor:
    """Experts as they are."""
    return outputs


class Carried(NamedTuple):
    """What frozen experts gave to the new tasks."""

    told: Floats  # [T, M]
    cosine: float  # mean |cos| of what is mixed, on rows to judge


class Headed(nn.Module):
    """Features with a linear head for each task; [T, n, 12] -> [T, n]."""

    def __init__(self, experts: OrthogonalExperts, tasks: int, *, spread: float) -> None:
        super().__init__()
        self.experts = experts
        self.head = nn.Parameter(spread * torch.randn(tasks, WIDTH))
        self.bias = nn.Parameter(torch.zeros(tasks, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Each task's rows by its own weights and head."""
        task = torch.arange(len(x)).repeat_interleave(x.shape[1])
        features = self.experts(x.flatten(0, 1), task).unflatten(0, x.shape[:2])  # [T, n, d]
        return (features * self.head[:, None]).sum(dim=-1) + self.bias


def learn(net: Headed, optimiser: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    """One step on the mean squared error over all tasks."""
    loss = (net(x) - y).square().mean()
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in net.parameters() if p.requires_grad], 1.0)
    optimiser.step()


def started(tasks: int, process: Process) -> Headed:
    """Experts that begin as one network with noise of 0.5 on every weight."""
    experts = OrthogonalExperts(
        (INPUTS, WIDTH, WIDTH), experts=EXPERTS, tasks=tasks, process=process
    )
    with torch.no_grad():
        for parameter in experts.bank.parameters():
            parameter.copy_(parameter[:1] + 0.5 * torch.randn_like(parameter))
    return Headed(experts, tasks, spread=WIDTH**-0.5)


def tensor(rows: Floats) -> Tensor:
    """In single precision."""
    return torch.from_numpy(rows).float()


def full(lessons: Lessons) -> bool:
    """Not of a smoke run."""
    return lessons.base_x.shape[1] > 1000


def based(lessons: Lessons, process: Process) -> Headed:
    """Trained on the base tasks."""
    x, y = tensor(lessons.base_x), tensor(lessons.base_y)
    net, rng = started(len(x), process), np.random.default_rng(0)
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(900 if full(lessons) else 20):
        chosen = torch.from_numpy(rng.choice(x.shape[1], size=BATCH))
        learn(net, optimiser, x[:, chosen], y[:, chosen])
    return net


@cache
def run(lessons: Lessons, process: Process) -> Carried:
    """Base tasks, then new weights and heads over the frozen experts on the few rows."""
    with seeded(0):
        base = based(lessons, process)
        x, y = tensor(lessons.few_x), tensor(lessons.few_y)
        net = Headed(base.experts.transferred(len(x)), len(x), spread=0.2)
        taught = [p for p in net.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(taught, lr=1e-2, weight_decay=0.02)
        for _ in range(400 if full(lessons) else 20):
            learn(net, optimiser, x, y)
    judged = tensor(lessons.judged)
    with torch.no_grad():
        basis = net.experts.basis(judged.flatten(0, 1))
        return Carried(net(judged).numpy(), float(mean_cosine(basis).mean()))


def correlation(world: SharedSkills, *, process: Process) -> float:
    """Of what is told with the truth, the mean over new tasks."""
    told = run(world.lessons, process).told
    pairs = zip(told, world.truth, strict=True)
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs]))


def log_error(world: SharedSkills, process: Process) -> float:
    """ln of the mean squared error over the variance, the mean of that over new tasks."""
    told = run(world.lessons, process).told
    each = ((told - world.truth) ** 2).mean(axis=1) / world.truth.var(axis=1)
    return math.log(each.mean())


def less_error(world: SharedSkills) -> float:
    """ln of a plain mixture's error above ours, less that of 15%."""
    return log_error(world, plain) - log_error(world, gram_schmidt) - math.log(1 / 0.85)


def orthogonal(world: SharedSkills) -> float:
    """How far the mean |cos| of the basis is below 1e-4."""
    return 1e-4 - run(world.lessons, gram_schmidt).cosine


def raw_are_alike(world: SharedSkills) -> float:
    """Mean |cos| of plain experts above a tenth."""
    return run(world.lessons, plain).cosine - 0.1


CLAIM = Claim(
    world=shared_skills,
    tiny=partial(shared_skills, rows=200, judged=50),
    ours=partial(correlation, process=gram_schmidt),
    baselines={"the same without the process": partial(correlation, process=plain)},
    metric="correlation with the truth of new tasks",
    margin=0.05,
    checks={
        "at least 15% less error": less_error,
        "the basis is orthogonal, mean |cos| below 1e-4": orthogonal,
        "plain experts are not, above 0.1": raw_are_alike,
    },
    seeds=6,
    paper="hendawy2024",
    paper_figure="MiniGrid transfer and MetaWorld MT10, MT50: above mixtures without the process",
    size="6 base tasks of 1,500 rows, 6 new ones of 20, 4 experts of 12-24-24, 900 and 400 steps",
)
