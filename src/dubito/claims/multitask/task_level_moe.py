"""Layers in copies that tasks choose among adapt to new tasks of known skills better than one net.

The strongest rival is the same net with all copies averaged for every task.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import normalized_mutual_info_score
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.claims.lab import Claim
from dubito.data.worlds.skill_pairs import (
    DIGITS,
    LENGTH,
    TASKS,
    Sequences,
    SkillPairs,
    skill_pairs,
)
from dubito.multitask.task_level_moe import TaskRouter, average_routes, drawn_routes, soft_routes
from dubito.nn.expert_copies import routed, split
from dubito.nn.gumbel import Cooling
from dubito.nn.seeded import seeded

WIDTH, COPIES, BLOCKS, STEPS, BATCH = 32, 3, ("blocks.0", "blocks.1"), 900, 64
# As fast for these steps as the paper's 3e-4 for 30,000 and 1e-4 for 60,000.
FIRST_RATE, SECOND_RATE = 3e-4 * 30_000 / STEPS, 1e-4 * 60_000 / STEPS
MODEL_RATE, ROUTER_RATE, VECTOR_RATE = 2e-3, 1e-2, 2e-2
Weigh = Callable[[Tensor, int], Tensor]  # logits [B, L, m], step -> weights
Rows = tuple[Tensor, Tensor, Tensor]  # digits, tasks, targets


class Reader(nn.Module):
    """A small transformer, digits [B, 6] -> logits [B, 6, 10]; `hint` [B, W] is added to each."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Embedding(DIGITS, WIDTH)
        self.place = nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, 2, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in BLOCKS
        )
        self.norm = nn.LayerNorm(WIDTH)
        self.out = nn.Linear(WIDTH, DIGITS)

    def forward(self, digits: Tensor, hint: Tensor | None = None) -> Tensor:
        """Of each place the digit that is written."""
        h = self.token(digits) + self.place.weight
        h = h if hint is None else h + hint[:, None]
        for block in self.blocks:
            h = block(h)
        return self.out(self.norm(h))


class Net(NamedTuple):
    """A reader, and what it knows of tasks: a router, or vectors that are added to the input."""

    reader: Reader
    router: TaskRouter | None
    hints: nn.Embedding | None
    weigh: Weigh

    def said(self, digits: Tensor, task: Tensor, step: int) -> Tensor:
        """Logits, [B, 6, 10]."""
        if self.router is None:
            return self.reader(digits, self.vectors(task))
        with routed(self.reader, self.weigh(self.router(task), step)):
            return self.reader(digits)

    @property
    def vectors(self) -> nn.Embedding:
        """Of the tasks."""
        found = self.hints if self.router is None else self.router.vectors
        assert found is not None
        return found


def tensors(rows: Sequences) -> Rows:
    """For torch."""
    return torch.from_numpy(rows.digits), torch.from_numpy(rows.task), torch.from_numpy(rows.target)


def started(*, copied: bool) -> Reader:
    """The reader as all begin, its blocks in copies where wished."""
    with seeded(0):
        reader = Reader()
    if copied:
        split(reader, BLOCKS, copies=COPIES)
    return reader


def router() -> TaskRouter:
    """As all begin."""
    return TaskRouter(len(TASKS), layers=len(BLOCKS), copies=COPIES)


def final(logits: Tensor, _step: int) -> Tensor:
    """Routes as they were learnt."""
    return soft_routes(logits)


def even(logits: Tensor, _step: int) -> Tensor:
    """All copies alike."""
    return average_routes(logits)


def fit(net: Net, rows: Rows, *, steps: int) -> None:
    """Adam on all that is trainable, at three rates that fall to 0 along a line."""
    layers = [] if net.router is None else list(net.router.layers.parameters())
    groups = (
        (list(net.reader.parameters()), MODEL_RATE),
        (layers, ROUTER_RATE),
        (list(net.vectors.parameters()), VECTOR_RATE),
    )
    optimiser = torch.optim.Adam([{"params": p, "lr": rate} for p, rate in groups if p])
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, steps)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        chosen = torch.randperm(len(rows[0]), generator=generator)[:BATCH]
        digits, task, target = (tensor[chosen] for tensor in rows)
        loss = cross_entropy(net.said(digits, task, step).flatten(0, 1), target.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([p for params, _ in groups for p in params], 1.0)
        optimiser.step()
        falling.step()


def trained(net: Net, known: Sequences) -> Net:
    """The net, trained in place on the known tasks; it runs on its routes as they are then."""
    fit(net, tensors(known), steps=STEPS if len(known.task) > 1000 else 10)
    return net


@cache
def dense(known: Sequences) -> Net:
    """One net for all tasks, told the task by a vector that is added to its input."""
    with seeded(1):
        hints = nn.Embedding(len(TASKS), WIDTH)
    return trained(Net(started(copied=False), None, hints, final), known)


@cache
def averaged(known: Sequences) -> Net:
    """All copies alike for every task, but for the noise that they start with."""
    return trained(Net(started(copied=True), router(), None, even), known)


@cache
def first_stage(known: Sequences) -> Net:
    """Copies and router learnt together, on drawn routes."""
    generator, tau = torch.Generator().manual_seed(0), Cooling(rate=FIRST_RATE)

    def weigh(logits: Tensor, step: int) -> Tensor:
        return drawn_routes(logits, tau=tau(step), generator=generator)

    net = trained(Net(started(copied=True), router(), None, weigh), known)
    return net._replace(weigh=final)


@cache
def second_stage(known: Sequences) -> Net:
    """Fresh copies on the routes of the first stage, from all alike to what was learnt."""
    learnt, tau = deepcopy(first_stage(known).router), Cooling(300.0, SECOND_RATE, 1.0)
    assert learnt is not None

    def weigh(logits: Tensor, step: int) -> Tensor:
        return soft_routes(logits, tau=tau(step))

    net = Net(started(copied=True), learnt.requires_grad_(False), None, weigh)
    return trained(net, known)._replace(weigh=final)


def adapted(net: Net, world: SkillPairs, which: int) -> Net:
    """A copy in which all is tuned to a new task, whose vector begins as the mean of the known."""
    net = deepcopy(net)
    vectors = net.vectors.weight.data
    vectors[world.new[which]] = vectors[list(world.known)].mean(dim=0)
    for module in (net.reader, net.vectors, net.router):
        if module is not None:
            module.requires_grad_(True)
    few = world.few[which]
    fit(net, tensors(few), steps=100 if len(few.task) > 10 else 5)
    return net


def written_right(world: SkillPairs, *, learner: Callable[[Sequences], Net]) -> float:
    """Share of digits of the new tasks that are right, after few examples of each."""
    shares: list[float] = []
    for which in (0, 1):
        digits, task, target = tensors(world.fresh[which])
        net = adapted(learner(world.many), world, which)
        right = net.said(digits, task, 0).argmax(dim=-1) == target
        shares.append(float(right.double().mean()))
    return float(np.mean(shares))


def likeness(routes: np.ndarray, skills: np.ndarray) -> float:
    """Normalised mutual information of a layer's copies with a kind of skill, the largest.

    Routes [K, L] and skills [K, 2] of K tasks.
    """
    pairs = ((copies, kind) for copies in routes.T for kind in skills.T)
    return max(float(normalized_mutual_info_score(kind, copies)) for copies, kind in pairs)


def routes_follow_skills(world: SkillPairs) -> float:
    """How far the chance of such a likeness for tasks in random order is below 0.05."""
    known = list(world.known)
    net = first_stage(world.many).router
    assert net is not None
    routes = net.routes()[known].argmax(dim=-1).numpy()  # [10, L]
    skills = np.array(TASKS)[known]  # [10, 2]
    rng = np.random.default_rng(0)
    found = likeness(routes, skills)
    chance = [likeness(routes, rng.permutation(skills)) >= found - 1e-9 for _ in range(300)]
    return 0.05 - float(np.mean(chance))


def routes_are_learnt(world: SkillPairs) -> float:
    """Mean change of the routes' probabilities since the start, above 0.1."""
    net = first_stage(world.many).router
    assert net is not None
    return float((net.routes() - router().routes()).abs().mean()) - 0.1


CLAIM = Claim(
    world=skill_pairs,
    tiny=partial(skill_pairs, rows=20, few=4, fresh=10),
    ours=partial(written_right, learner=second_stage),
    baselines={
        "one net": partial(written_right, learner=dense),
        "average routing": partial(written_right, learner=averaged),
        "first stage alone": partial(written_right, learner=first_stage),
    },
    metric="share of digits right on new tasks",
    margin=0.02,
    checks={
        "routes follow the skills (chance below 0.05)": routes_follow_skills,
        "routes are learnt": routes_are_learnt,
    },
    seeds=3,
    first_seed=2000,
    paper="ye2022",
    paper_figure="average relative gain on unseen tasks +2.6% from few examples, +5.6% from none",
    size="10 known and 2 new pairs of skills on 6 digits, 16 examples each; 2 blocks of width 32 "
    "in 3 copies, 900 steps a stage",
    tried="seeds 1000 to 1002: not reproduced, -0.089 [-0.523, 0.345] against average routing; "
    "the likeness of routes to skills came by chance with 0.13, routes were learnt. tau "
    "fell by 3.3e-3 and 9.5e-3 a step, to its floor only at the end of stage one and "
    "after two thirds of stage two; now in the paper's proportions: all ways but one net "
    "come near the ceiling of these tasks",
)
