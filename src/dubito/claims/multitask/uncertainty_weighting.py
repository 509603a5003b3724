"""Tasks told in other units: weighing each by its learnt noise saves the precise one."""

import math
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from dubito.claims.lab import Claim
from dubito.data.worlds.mixed_units import INPUTS, MixedUnits, mixed_units
from dubito.evidence import Floats
from dubito.multitask.balancer import Balancer, equal_weights, parameter_groups
from dubito.multitask.uncertainty_weighting import (
    GAUSSIAN,
    SOFTMAX,
    UncertaintyWeighting,
    analytic_weighting,
)
from dubito.nn.descent import mlp

STEPS, BATCH, RATE, NOISE_RATE = 1500, 128, 2e-3, 2e-2


class Told(NamedTuple):
    """What a trained network says of the rows to judge, and the noise that was learnt."""

    values: Floats  # [M, 3]
    noise: Floats  # [3] NaN where none is learnt


class Fixed(nn.Module):
    """A balancer with nothing to learn."""

    def __init__(self, balancer: Balancer) -> None:
        super().__init__()
        self.balancer = balancer

    def forward(self, losses: Tensor) -> Tensor:
        """What it says."""
        return self.balancer(losses)


def losses_of(told: Tensor, labels: Tensor, *, classes: bool) -> Tensor:
    """Of each task, [N, 3] and [N, 3] -> [3]: mean squares, of classes the cross-entropy."""
    squared = (told - labels).square().mean(dim=0)  # [3]
    if not classes:
        return squared
    return torch.stack([*squared[:2], binary_cross_entropy_with_logits(told[:, 2], labels[:, 2])])


def trained(world: MixedUnits, balancer: nn.Module) -> Told:
    """A network with three heads, and its balancer beside it."""
    net = mlp(INPUTS, (64, 64), 3, seed=0)
    optimiser = torch.optim.Adam(parameter_groups(net, balancer, rate=NOISE_RATE), lr=RATE)
    x, labels = torch.from_numpy(world.x), torch.from_numpy(world.labels)
    rng = np.random.default_rng(0)
    for _ in range(STEPS if len(x) > 1000 else 30):
        chosen = torch.from_numpy(rng.choice(len(x), size=BATCH))
        loss = balancer(losses_of(net(x[chosen]), labels[chosen], classes=world.classes))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        values = net(torch.from_numpy(world.judged)).numpy()
    learnt = isinstance(balancer, UncertaintyWeighting)
    return Told(values, balancer.noise.numpy() if learnt else np.full(3, np.nan))


@cache
def weighed(world: MixedUnits, *, start: tuple[float, ...] | None = None) -> Told:
    """By the noise that is learnt."""
    kinds = (GAUSSIAN, GAUSSIAN, SOFTMAX if world.classes else GAUSSIAN)
    return trained(world, UncertaintyWeighting(kinds, start=start).double())


@cache
def fixed(world: MixedUnits, balancer: Balancer) -> Told:
    """By a balancer that learns nothing."""
    return trained(world, Fixed(balancer))


@cache
def by_hand(world: MixedUnits) -> Told:
    """By weights that know the noise: one over twice its variance, and 1 for classes."""
    known = 0.5 / torch.tensor(world.deviation, dtype=torch.float64).square()
    if world.classes:
        known[2] = 1.0
    return trained(world, Fixed(lambda losses, _=None: (known * losses).sum()))


def log_error(world: MixedUnits, told: Told) -> float:
    """ln of the first task's mean squared error over the variance of its truth."""
    missed = ((told.values[:, 0] - world.truth[:, 0] * world.unit[0]) ** 2).mean()
    return math.log(missed / (world.truth[:, 0] * world.unit[0]).var())


def accuracy(world: MixedUnits, told: Told) -> float:
    """Share of right signs of the third task."""
    return float(((told.values[:, 2] > 0) == (world.truth[:, 2] > 0)).mean())


def ours(world: MixedUnits) -> float:
    """ln error of the precise task, weighed by learnt noise."""
    return log_error(world, weighed(world))


def equal(world: MixedUnits) -> float:
    """The same of an equal sum."""
    return log_error(world, fixed(world, equal_weights))


def more_accurate(world: MixedUnits) -> float:
    """Accuracy of the third task above that of an equal sum, less three points."""
    gained = accuracy(world, weighed(world)) - accuracy(world, fixed(world, equal_weights))
    return gained - 0.03


def noise_found(world: MixedUnits) -> float:
    """How far within a factor of 1.5 the noise of the second task is told."""
    return math.log(1.5) - abs(math.log(weighed(world).noise[1] / world.deviation[1]))


def start_matters(world: MixedUnits) -> float:
    """ln error of a start at 0 above ours, less that of half."""
    return log_error(world, weighed(world, start=(0.0,) * 3)) - ours(world) - math.log(2)


def near_hand(world: MixedUnits) -> float:
    """ln of what the error by hand is above ours, plus a quarter."""
    return log_error(world, by_hand(world)) - ours(world) + math.log(1.25)


def closed_form(world: MixedUnits) -> float:
    """ln of what our error is above that of the closed form, plus a quarter."""
    return ours(world) - log_error(world, fixed(world, analytic_weighting)) + math.log(1.25)


CLAIM = Claim(
    world=mixed_units,
    tiny=partial(mixed_units, rows=200, judged=200),
    ours=ours,
    baselines={"an equal sum": equal},
    metric="ln of the precise task's error (MSE / variance)",
    higher_is_better=False,
    margin=round(math.log(1 / 0.35), 3),
    checks={
        "classes three points more accurate": more_accurate,
        "noise of the second task within a factor of 1.5": noise_found,
        "half the error of a start at 0": start_matters,
        "at most a quarter above weights that know the noise": near_hand,
        "the closed form at most a quarter above": closed_form,
    },
    # What the claim lives on are units and noise that differ.
    null=lambda world, _rng: world.alike(),
    seeds=5,
    paper="kendall2018",
    paper_figure="Tiny Cityscapes: IoU 50.1 equal, 62.8 best hand-searched, 63.4 learnt weights",
    size="3 tasks, 1,500 rows, 4,000 to judge, a perceptron of 64-64, 1,500 steps of 128",
)
