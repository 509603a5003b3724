"""What the claims about merging share: a base, its experts, and how well a merge does."""

from functools import cache, partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.claims.adapter_measures import accuracy, log_loss, plain_logp, rows
from dubito.data.worlds.transformed_digits import Lessons, TransformedDigits
from dubito.evidence import Floats, Integers
from dubito.merge.tensors import State
from dubito.nn.descent import descend, mlp
from dubito.nn.tiny_training import Schedule

Weights = dict[str, Tensor]
# Twice the card's 1e-3, since ours falls to 0 along a cosine: the same on average.
RATE, BATCH = 2e-3, 32


def network(weights: State) -> nn.Sequential:
    """64-128-128-10 with these weights."""
    net = mlp(64, (128, 128), 10, seed=0)
    net.load_state_dict(dict(weights))
    return net


def tuned(
    weights: State, pixels: Floats, labels: Integers, *, epochs: int, rate: float = RATE, seed: int
) -> Weights:
    """These weights after some epochs of Adam, begun afresh."""
    net = network(weights)
    steps = epochs * -(-len(labels) // BATCH)
    schedule = Schedule(steps, rate=rate, weight_decay=0.0)
    data = (rows(pixels), torch.from_numpy(labels))
    descend(net, lambda x, y: cross_entropy(net(x), y), data, schedule, batch=BATCH, seed=seed)
    return {name: tensor.detach() for name, tensor in net.state_dict().items()}


@cache
def base(lessons: Lessons, *, epochs: int) -> Weights:
    """The weights that all experts start from."""
    start = mlp(64, (128, 128), 10, seed=0).state_dict()
    return tuned(start, lessons.start, lessons.start_labels, epochs=epochs, seed=0)


def expert(
    weights: State, round_: int, *, lessons: Lessons, task: int, epochs: int, rate: float = RATE
) -> Weights:
    """These weights tuned on one task; another order of its pictures in each round."""
    pixels = lessons.tuned[task]
    return tuned(weights, pixels, lessons.labels, epochs=epochs, rate=rate, seed=round_ + 1)


@cache
def experts(
    lessons: Lessons, *, base_epochs: int, epochs: int, rate: float = RATE
) -> tuple[Weights, ...]:
    """One for each task."""
    start = base(lessons, epochs=base_epochs)
    tunes = [
        partial(expert, lessons=lessons, task=task, epochs=epochs, rate=rate)
        for task in range(len(lessons.tuned))
    ]
    return tuple(tune(start, 0) for tune in tunes)


def task_accuracy(weights: State, pixels: Floats, truth: Integers) -> float:
    """Mean over tasks of the share read rightly: pixels [T, M, 64], truth [M]."""
    net = network(weights)
    return sum(accuracy(plain_logp(net, task), truth) for task in pixels) / len(pixels)


def task_loss(weights: State, world: TransformedDigits, task: int) -> float:
    """Mean -log p of the true digit, nats."""
    return log_loss(plain_logp(network(weights), world.fresh[task]), world.truth)
