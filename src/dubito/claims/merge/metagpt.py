"""Scales by squared length lose less than equal ones where experts moved unequally far."""

import math
from dataclasses import replace
from functools import cache, partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.merge_measures import (
    Weights,
    base,
    expert,
    experts,
    task_accuracy,
    task_loss,
)
from dubito.data.worlds.transformed_digits import (
    Parts,
    TransformedDigits,
    dimmed,
    inverted,
    mirrored,
    rolled,
    seen,
    transformed_digits,
    turned,
)
from dubito.evidence import Floats
from dubito.merge.interference import task_vectors
from dubito.merge.metagpt import MetaGPT
from dubito.merge.task_arithmetic import Average, SameScale
from dubito.merge.tensors import Rule, merged

WAYS = (dimmed, rolled, mirrored)
BASE_EPOCHS, EPOCHS, RATE = 15, 8, 6e-4  # the card's 3e-4, twice as its other rates
UNEQUAL = (1, 4, 16)  # epochs


@cache
def tuned_experts(world: TransformedDigits) -> tuple[Weights, ...]:
    """For the three domains; in a null their task vectors are brought to one length."""
    found = experts(world.lessons, base_epochs=BASE_EPOCHS, epochs=EPOCHS, rate=RATE)
    return found if world.live else level(base(world.lessons, epochs=BASE_EPOCHS), found)


def level(origin: Weights, found: tuple[Weights, ...]) -> tuple[Weights, ...]:
    """Task vectors of the mean length."""
    norms = np.sqrt(task_vectors(origin, found).squared_norms)
    return tuple(
        {n: origin[n] + (w[n] - origin[n]) * float(norms.mean() / norm) for n in origin}
        for w, norm in zip(found, norms, strict=True)
    )


def by_length(world: TransformedDigits) -> Weights:
    """Merged by MetaGPT."""
    origin, found = base(world.lessons, epochs=BASE_EPOCHS), tuned_experts(world)
    return merged(origin, found, MetaGPT()(origin, found))


def by_rule(world: TransformedDigits, rule: Rule) -> Weights:
    """Merged by a rule that is the same for all."""
    return merged(base(world.lessons, epochs=BASE_EPOCHS), tuned_experts(world), rule)


def lost(world: TransformedDigits, weights: Weights) -> float:
    """ln of the mean over tasks of the loss above the expert's; equal to rounding is equal."""
    found = tuned_experts(world)
    gaps = [task_loss(weights, world, t) - task_loss(e, world, t) for t, e in enumerate(found)]
    return round(math.log(float(np.mean(gaps))), 9)


def ours(world: TransformedDigits) -> float:
    """ln of what is lost by MetaGPT."""
    return lost(world, by_length(world))


def fixed(world: TransformedDigits, *, rule: Rule) -> float:
    """ln of what is lost by a rule that is the same for all."""
    return lost(world, by_rule(world, rule))


def right(world: TransformedDigits, weights: Weights) -> float:
    """Mean accuracy over tasks."""
    return task_accuracy(weights, world.fresh, world.truth)


def as_accurate(world: TransformedDigits) -> float:
    """Accuracy above the mean's, plus a hundredth."""
    return right(world, by_length(world)) - right(world, by_rule(world, Average())) + 0.01


def other_ways(pixels: Floats) -> Floats:
    """Of dimmed digits, the plain ones turned, inverted and mirrored: [N, 64] -> [3, N, 64]."""
    return seen(2 * pixels.reshape(-1, 8, 8), (turned, inverted, mirrored))


def fails_where_training_is_unequal(world: TransformedDigits) -> float:
    """There: what MetaGPT loses above what the mean of experts does, nats; a limit of the card."""
    origin = base(world.lessons, epochs=BASE_EPOCHS)
    lessons = replace(world.lessons, tuned=other_ways(world.lessons.tuned[0]))
    unequal = replace(world, lessons=lessons, fresh=other_ways(world.fresh[0]))
    found = [
        expert(origin, 0, lessons=lessons, task=task, epochs=epochs)
        for task, epochs in enumerate(UNEQUAL)
    ]
    weighed, equal = (merged(origin, found, rule) for rule in (MetaGPT()(origin, found), Average()))
    tasks = range(len(UNEQUAL))
    return float(
        np.mean([task_loss(weighed, unequal, t) - task_loss(equal, unequal, t) for t in tasks])
    )


PARTS = Parts(start=700, tuned=600, few=0)
CLAIM = Claim(
    world=partial(transformed_digits, ways=WAYS, parts=PARTS, plain_start=True),
    tiny=partial(
        transformed_digits,
        ways=WAYS,
        parts=Parts(start=200, tuned=100, few=0),
        plain_start=True,
        judged=200,
    ),
    ours=ours,
    baselines={
        "the mean of the experts": partial(fixed, rule=Average()),
        "task arithmetic at 0.3": partial(fixed, rule=SameScale(0.3)),
    },
    metric="ln of the mean loss above the experts'",
    higher_is_better=False,
    margin=round(math.log(1 / 0.9), 3),  # a tenth less is lost
    checks={
        "accuracy within a hundredth of the mean's": as_accurate,
        "loses more than the mean where training was unequal": fails_where_training_is_unequal,
    },
    # What the claim lives on are unequal lengths: at one length the scales are all 1 / T.
    null=lambda world, _rng: world.untaught(),
    seeds=5,
    first_seed=2000,
    paper="zhou2024",
    paper_figure="best average of data-free merges on LLaMA-2 and Mistral experts (not re-read)",
    size="700 digits for the base, 600 in three ways for the experts, 497 to judge",
    tried="with batches of 64 (seeds 1000-1004) +0.128 [+0.108, +0.148], all met but the limit of "
    "unequal training, then in accuracy: with our base MetaGPT is there more accurate than the "
    "mean (0.32 and 0.23) though it loses more. Now batches of 32, with which base and experts of "
    "the other two claims are as accurate as the card's, and that limit in loss",
)
