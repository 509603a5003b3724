"""Tuning and merging in turns beats one merge of experts that were tuned as many epochs."""

from functools import cache, partial

from dubito.claims.lab import Claim
from dubito.claims.merge_measures import Weights, base, expert, task_accuracy, tuned
from dubito.data.worlds.transformed_digits import (
    Lessons,
    Parts,
    TransformedDigits,
    inverted,
    mirrored,
    plain,
    transformed_digits,
    turned,
)
from dubito.merge.atm import ATM, Round
from dubito.merge.task_arithmetic import Average
from dubito.merge.tensors import merged

WAYS = (plain, turned, inverted, mirrored)
BASE_EPOCHS, EPOCHS = 6, 10
SCALES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # of the mean task vector; 4 is the plain sum


@cache
def run(lessons: Lessons, *, rounds: int) -> list[Round]:
    """All epochs of the budget, spread over so many rounds."""
    tunes = [
        partial(expert, lessons=lessons, task=task, epochs=EPOCHS // rounds)
        for task in range(len(WAYS))
    ]
    return ATM(rounds)(base(lessons, epochs=BASE_EPOCHS), tunes)


def in_rounds(world: TransformedDigits, *, rounds: int = 10) -> float:
    """Accuracy after the last round."""
    return right(world, run(world.lessons, rounds=rounds)[-1].weights)


def right(world: TransformedDigits, weights: Weights) -> float:
    """Mean accuracy over tasks."""
    return task_accuracy(weights, world.fresh, world.truth)


@cache
def best_scaled(lessons: Lessons) -> Weights:
    """One merge, at the scale that reads most of the few digits rightly; they are labelled."""
    origin = base(lessons, epochs=BASE_EPOCHS)
    tasks = range(len(WAYS))
    found = [expert(origin, 0, lessons=lessons, task=t, epochs=EPOCHS) for t in tasks]
    tries = [merged(origin, found, Average(scale)) for scale in SCALES]
    return max(tries, key=lambda weights: task_accuracy(weights, lessons.few, lessons.few_labels))


@cache
def together(lessons: Lessons) -> Weights:
    """Trained on all tasks at once, each as many epochs."""
    pixels = lessons.tuned.reshape(-1, 64)
    labels = lessons.labels[None].repeat(len(WAYS), axis=0).reshape(-1)
    start = base(lessons, epochs=BASE_EPOCHS)
    return tuned(start, pixels, labels, epochs=EPOCHS, seed=1)


def joint_stays_above(world: TransformedDigits) -> float:
    """Accuracy of joint training above ours, less 0.1: merging is no substitute for it."""
    return right(world, together(world.lessons)) - in_rounds(world) - 0.1


def less_aligned(world: TransformedDigits) -> float:
    """How far the mean cosine of task vectors fell from the first round to the last."""
    rounds = run(world.lessons, rounds=10)
    return rounds[0].vectors.interference - rounds[-1].vectors.interference


CLAIM = Claim(
    world=partial(transformed_digits, ways=WAYS),
    tiny=partial(
        transformed_digits, ways=WAYS, parts=Parts(start=60, tuned=128, few=60), judged=150
    ),
    ours=in_rounds,
    baselines={
        "one merge, the best scale of six": lambda world: right(world, best_scaled(world.lessons)),
        "one merge, the mean": partial(in_rounds, rounds=1),
    },
    metric="accuracy over four tasks",
    margin=0.06,  # the card's, over the best scale
    checks={
        "10 rounds above 5": lambda world: in_rounds(world) - in_rounds(world, rounds=5),
        "5 rounds above 2": lambda world: in_rounds(world, rounds=5) - in_rounds(world, rounds=2),
        "joint training 0.1 above": joint_stays_above,
        "task vectors less aligned in the last round": less_aligned,
    },
    seeds=5,
    first_seed=2000,
    paper="zhou2024l",
    paper_figure="up to 20% more accurate than the best merge of vision and language experts",
    size="digits in 4 ways: 150 for the base, 900 for experts at 10 epochs in all, 497 judged",
    tried="with batches of 64 (seeds 1000-1004) +0.145 [+0.109, +0.181], all met; "
    "the base was then less accurate than the card's, 0.49 instead of 0.62 on four tasks. Now "
    "batches of 32, with which it is 0.60",
)
