"""Scales learnt layer by layer to say what each expert says beat fixed ones, more so with tasks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Self

import numpy as np
from torch import Tensor

from dubito.claims.adapter_measures import rows
from dubito.claims.lab import Claim
from dubito.claims.merge_measures import base, experts, network, task_accuracy
from dubito.data.worlds.transformed_digits import (
    Parts,
    TransformedDigits,
    inverted,
    mirrored,
    overturned,
    plain,
    rolled,
    transformed_digits,
    turned,
)
from dubito.merge.divmerge import DivMerge
from dubito.merge.task_arithmetic import Average, SameScale, by_module, one_group
from dubito.merge.tensors import Rule, merged

WAYS = (plain, turned, inverted, mirrored, overturned, partial(rolled, columns=3))
BASE_EPOCHS, EPOCHS, BATCH = 6, 10, 64


@dataclass(frozen=True, eq=False)
class Growing:
    """Worlds of two, four and six tasks."""

    two: TransformedDigits
    four: TransformedDigits
    six: TransformedDigits

    def shuffled(self, rng: np.random.Generator) -> Self:
        """All with their truth permuted."""
        changes: dict[str, Any] = {
            "two": self.two.shuffled(rng),
            "four": self.four.shuffled(rng),
            "six": self.six.shuffled(rng),
        }
        return replace(self, **changes)


def growing(seed: int, *, parts: Parts = Parts(), judged: int | None = None) -> Growing:  # noqa: B008
    """The same digits, seen in the first two, four and six ways."""
    build = partial(transformed_digits, seed, parts=parts, judged=judged)
    return Growing(build(WAYS[:2]), build(WAYS[:4]), build(WAYS))


def confidence(_logp: Tensor, logq: Tensor) -> Tensor:
    """The merged model's entropy, nats: what AdaMerging makes small; [N, V], [N, V] -> [N]."""
    return -(logq.exp() * logq).sum(dim=-1)


@cache
def learnt(lessons: Any, *, make: Callable[[], DivMerge]) -> Rule:
    """The rule that is learnt from the few digits without their labels."""
    net = network(base(lessons, epochs=BASE_EPOCHS)).eval()
    found = experts(lessons, base_epochs=BASE_EPOCHS, epochs=EPOCHS)
    inputs = [rows(task).split(BATCH) for task in lessons.few]
    return make().fit(net, found, inputs).rule_


LAYERS = partial(DivMerge, by_module)
TASKS = partial(DivMerge, one_group)
# A tenth of the rate, with which entropy is said to be less unstable.
ENTROPY = partial(DivMerge, by_module, confidence, rate=1e-3)


def right(world: TransformedDigits, rule: Rule) -> float:
    """Mean accuracy over tasks of what a rule merges."""
    found = experts(world.lessons, base_epochs=BASE_EPOCHS, epochs=EPOCHS)
    weights = merged(base(world.lessons, epochs=BASE_EPOCHS), found, rule)
    return task_accuracy(weights, world.fresh, world.truth)


def by_learning(world: TransformedDigits, *, make: Callable[[], DivMerge] = LAYERS) -> float:
    """Accuracy with learnt scales."""
    return right(world, learnt(world.lessons, make=make))


def gain(world: TransformedDigits) -> float:
    """Accuracy above the better one of the mean and task arithmetic at 0.3."""
    return by_learning(world) - max(right(world, Average()), right(world, SameScale(0.3)))


def on_six(world: Growing, *, make: Callable[[], DivMerge] = LAYERS) -> float:
    """Accuracy over six tasks with learnt scales."""
    return by_learning(world.six, make=make)


def fixed(world: Growing, *, rule: Rule) -> float:
    """Accuracy over six tasks with fixed scales."""
    return right(world.six, rule)


def gap_grows(world: Growing) -> float:
    """What is gained over task arithmetic with six tasks above that with two."""
    few, many = (by_learning(w) - right(w, SameScale(0.3)) for w in (world.two, world.six))
    return many - few


def layers_above_tasks(world: Growing) -> float:
    """Accuracy above that of one scale a task, over six."""
    return on_six(world) - on_six(world, make=TASKS)


CLAIM = Claim(
    world=growing,
    tiny=partial(growing, parts=Parts(start=60, tuned=100, few=30), judged=100),
    ours=on_six,
    baselines={
        "the mean of the experts": partial(fixed, rule=Average()),
        "task arithmetic at 0.3": partial(fixed, rule=SameScale(0.3)),
        "least entropy (AdaMerging)": partial(on_six, make=ENTROPY),
    },
    metric="accuracy over six tasks",
    margin=0.08,  # the card's
    checks={
        "0.08 above fixed scales with four tasks": lambda world: gain(world.four) - 0.08,
        "0.02 above fixed scales with two": lambda world: gain(world.two) - 0.02,
        "more is gained with more tasks": gap_grows,
        "layers gain over tasks": layers_above_tasks,
    },
    seeds=5,
    first_seed=2000,
    paper="touayouch2025",
    paper_figure="above earlier merges for pairs, and loses least with more tasks (not recovered)",
    size="digits in 2, 4 and 6 ways: 150 for the base, 900 for experts, 250 unlabelled, 497 judged",
    tried="with batches of 64 (seeds 1000-1004) +0.061 [+0.041, +0.081], below the margin; "
    "the base was then less accurate than the card's, 0.49 instead of 0.62 on four tasks. Now "
    "batches of 32, with which it is 0.60",
)
