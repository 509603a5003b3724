"""What the claims about low-rank adapters share: a frozen network, adapted with few labels."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.bench.metrics.probability import ece
from dubito.data.worlds.inverted_digits import InvertedDigits
from dubito.evidence import Floats
from dubito.nn.descent import descend, mlp
from dubito.nn.sampled_low_rank import Adapter, add_low_rank
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

CLASSES, WIDTHS, BATCH = 10, (128, 128), 64
Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


def rows(pixels: Floats) -> Tensor:
    """As a tensor."""
    return torch.from_numpy(np.ascontiguousarray(pixels))


def steps(labels: np.ndarray, *, epochs: int) -> int:
    """Batches in so many epochs."""
    return epochs * -(-len(labels) // BATCH)


def pretrained(world: InvertedDigits) -> nn.Sequential:
    """A rectified network that reads the inverted digits, frozen; a copy for each who asks."""
    return deepcopy(reader(world))


@cache
def reader(world: InvertedDigits, *, epochs: int = 10) -> nn.Sequential:
    """The same, trained."""
    net = mlp(64, WIDTHS, CLASSES, seed=0)
    data = (rows(world.before), torch.from_numpy(world.before_labels))
    schedule = Schedule(steps(world.before_labels, epochs=epochs), rate=3e-3, weight_decay=0.0)
    descend(net, lambda x, y: cross_entropy(net(x), y), data, schedule, batch=BATCH, seed=0)
    return net.requires_grad_(False)


def tune(
    net: nn.Module, world: InvertedDigits, loss: Callable[..., Tensor], *, epochs: int
) -> None:
    """Train what is trainable on the few digits, with the seed of dropout fixed."""
    data = (rows(world.few), torch.from_numpy(world.few_labels))
    schedule = Schedule(steps(world.few_labels, epochs=epochs), rate=3e-3, weight_decay=0.0)
    with seeded(0):
        descend(net, loss, data, schedule, batch=BATCH, seed=1)


@cache
def adapted(world: InvertedDigits, *, dropout: float = 0.0, epochs: int = 350) -> nn.Sequential:
    """The network with rank 4 on its three layers, tuned; a null's stays as it began."""
    net = pretrained(world)
    add_low_rank(net, ("0", "2", "4"), Adapter(rank=4, gain=GAIN, dropout=dropout), seed=1)
    if world.live:
        tune(net, world, lambda x, y: cross_entropy(net(x), y), epochs=epochs)
    return net


GAIN = 2.2  # about the deviation of the card, 3 / sqrt(d_in)


def plain_logp(net: nn.Module, pixels: Floats) -> Floats:
    """Log-probabilities of one pass, [N, 10]."""
    with torch.no_grad():
        return net(rows(pixels)).log_softmax(dim=-1).numpy()


def log_loss(logp: Floats, truth: np.ndarray) -> float:
    """Mean -log p of the true class, nats."""
    return -float(logp[np.arange(len(truth)), truth].mean())


def accuracy(logp: Floats, truth: np.ndarray) -> float:
    """Share of pictures whose likeliest class is the true one."""
    return float((logp.argmax(axis=1) == truth).mean())


def miscalibration(logp: Floats, truth: np.ndarray) -> float:
    """Expected calibration error of the likeliest class, ten bins."""
    return ece(np.exp(logp.max(axis=1)), logp.argmax(axis=1) == truth)
