"""Replayed objectives keep an old skill while a new one is learnt, and settled ones lose weight.

One trunk with three heads: digits that it could read before, the same kind of digits with their
pixels permuted, some labels of them wrong, and an easy question about those, which soon settles.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.align.recap import RECAP
from dubito.claims.lab import Claim
from dubito.data.worlds.transformed_digits import (
    Lessons,
    Parts,
    TransformedDigits,
    permuted,
    plain,
    transformed_digits,
)
from dubito.nn.descent import descend, mlp
from dubito.nn.tiny_training import Schedule

HEADS = (10, 10, 2)  # old, new, format
BEFORE, AFTER = (Schedule(steps=n, rate=2e-3, weight_decay=0.0) for n in (300, 400))
WRONG, BATCH, SETTLED = 0.2, 64, 50
OLD, NEW = 0, 1
# Losses of old, new and format [3] -> what each is multiplied by.
Weigh = Callable[[Tensor], Tensor]


class Trained(NamedTuple):
    """The net, and the weights of each step."""

    net: nn.Module
    weights: Tensor  # [steps, 3]


def no_replay() -> Weigh:
    """The old skill is left alone."""
    return lambda losses: losses.new_tensor([0.0, 1.5, 1.5])


def even_replay() -> Weigh:
    """All three alike."""
    return torch.ones_like


def logits(net: nn.Module, x: Tensor, head: int) -> Tensor:
    """Of one head."""
    return net(x).split(HEADS, dim=-1)[head]


@cache
def started(lessons: Lessons) -> nn.Module:
    """A net that reads plain digits, and has not been asked anything else."""
    net = mlp(64, (32, 32), sum(HEADS), seed=0)
    rows = torch.from_numpy(lessons.start), torch.from_numpy(lessons.start_labels)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(logits(net, x, OLD), y)

    descend(net, loss, rows, BEFORE, batch=BATCH, seed=0)
    return net


@cache
def trained(lessons: Lessons, make: Callable[[], Weigh]) -> Trained:
    """From there on all three objectives, weighed so."""
    net, weigh, kept = mlp(64, (32, 32), sum(HEADS), seed=0), make(), []
    net.load_state_dict(started(lessons).state_dict())

    def loss(*batch: Tensor) -> Tensor:
        x, old_x, *labels = batch  # labels of old, new, format
        said = logits(net, old_x, OLD), *net(x).split(HEADS, dim=-1)[1:]
        losses = torch.stack([cross_entropy(s, y) for s, y in zip(said, labels, strict=True)])
        weights = weigh(losses.detach())
        kept.append(weights)
        return (weights * losses).mean()

    descend(net, loss, rows_of(lessons), AFTER, batch=BATCH, seed=1)
    return Trained(net, torch.stack(kept))


def rows_of(lessons: Lessons) -> list[Tensor]:
    """New pictures, old pictures, and labels of old, new and format; as many of each."""
    rng = np.random.default_rng(0)
    new = lessons.labels.copy()
    slips = rng.random(len(new)) < WRONG
    new[slips] = rng.integers(10, size=int(slips.sum()))
    ink = lessons.tuned[1].mean(axis=1)
    bright = (ink > np.median(ink)).astype(np.int64)
    arrays = lessons.tuned[1], lessons.start, lessons.start_labels, new, bright
    return [torch.from_numpy(np.ascontiguousarray(a)) for a in arrays]


@torch.no_grad()
def accuracy(world: TransformedDigits, net: nn.Module, head: int) -> float:
    """On fresh digits, plain for the old head and permuted for the new one."""
    said = logits(net, torch.from_numpy(np.ascontiguousarray(world.fresh[head])), head)
    return float((said.argmax(dim=1) == torch.from_numpy(world.truth)).double().mean())


def both(world: TransformedDigits, *, make: Callable[[], Weigh]) -> float:
    """Mean accuracy of the old and the new head."""
    net = trained(world.lessons, make).net
    return (accuracy(world, net, OLD) + accuracy(world, net, NEW)) / 2


def by_head(world: TransformedDigits, make: Callable[[], Weigh], head: int) -> float:
    """Accuracy of one."""
    return accuracy(world, trained(world.lessons, make).net, head)


def old_is_kept(world: TransformedDigits) -> float:
    """Accuracy of the old head above 0.93."""
    return by_head(world, RECAP, OLD) - 0.93


def forgotten_without(world: TransformedDigits) -> float:
    """By how much more than 0.15 it falls without replay."""
    before = accuracy(world, started(world.lessons), OLD)
    return before - by_head(world, no_replay, OLD) - 0.15


def new_is_learnt(world: TransformedDigits) -> float:
    """Accuracy of the new head above that of even replay, plus 0.01."""
    return by_head(world, RECAP, NEW) - by_head(world, even_replay, NEW) + 0.01


def old_is_no_worse(world: TransformedDigits) -> float:
    """Accuracy of the old head above that of even replay, plus 0.005."""
    return by_head(world, RECAP, OLD) - by_head(world, even_replay, OLD) + 0.005


def settled_loses(world: TransformedDigits) -> float:
    """How far below 1 the mean weight of the easy objective is once it has settled."""
    return 1 - float(trained(world.lessons, RECAP).weights[SETTLED:, 2].mean())


LESSONS = partial(transformed_digits, ways=(plain, partial(permuted, order=7)), plain_start=True)
CLAIM = Claim(
    world=partial(LESSONS, parts=Parts(start=600, tuned=600, few=0)),
    tiny=partial(LESSONS, parts=Parts(start=60, tuned=60, few=0)),
    ours=partial(both, make=RECAP),
    baselines={
        "no replay": partial(both, make=no_replay),
        "even replay": partial(both, make=even_replay),
    },
    metric="accuracy, mean of old and new",
    margin=0.005,
    checks={
        "the old skill stays above 0.93": old_is_kept,
        "without replay more than 0.15 of it is lost": forgotten_without,
        "the new skill at most 0.01 below that of even replay": new_is_learnt,
        "the old one at most 0.005 below": old_is_no_worse,
        "the settled objective weighs less than 1": settled_loses,
    },
    seeds=5,
    first_seed=5000,
    paper="phan2025",
    paper_figure="7B: LISA 65.1 before, 57.6 on reasoning alone, 65.2 with even replay, 67.2 with "
    "weights; MathVision 9.5, 24.9, 22.1, 25.1",
    size="600 digits to read before and to replay, 600 permuted ones, 64-32-32, 400 steps",
    scale_reason="three losses that settle within a hundred steps move weights by hundredths; that "
    "they pay on top of replay takes rewards that settle at different speeds over a long training",
)
