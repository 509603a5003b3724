"""A head of plausibilities on radial features: training, and what it says [fan2023]."""

import math
from collections.abc import Callable, Mapping
from itertools import count

import numpy as np
import torch
from torch import Tensor

from dubito.calibrate.holdout import Rows
from dubito.evidence import Floats
from dubito.nn.descent import descend
from dubito.nn.plausibility import flexible_loss, joint_plausibility, masses, pair_confusion
from dubito.nn.radial import RadialHead
from dubito.nn.tiny_training import Schedule

KL = 0.05  # largest weight of misleading evidence
BATCH = 256
RATE = 1e-2

Loss = Callable[[Tensor, Tensor, float], Tensor]  # logits [B, K], classes [B], share done -> [B]


def flexible_with(regulariser: float) -> Loss:
    """The full loss; the weight of misleading evidence rises from 0 to 0.05 as learning goes on."""

    def loss(logits: Tensor, target: Tensor, done: float) -> Tensor:
        return flexible_loss(logits, target, regulariser=regulariser, kl=KL * done)

    return loss


def trained_head(rows: Rows, *, loss: Loss, centres: int, steps: int, seed: int) -> RadialHead:
    """Radial features and linear logits; the same seed gives the same bits.

    The features start at random rows, as wide as half the median distance between them, the
    plausibilities at 1 / K: at 1/2 each, ten classes would begin with nothing but confusion.
    """
    chosen = np.random.default_rng(seed).permutation(len(rows.labels))[:centres]
    classes = int(rows.labels.max()) + 1
    head = RadialHead(torch.from_numpy(rows.features[chosen]), classes)
    with torch.no_grad():
        head.log_width.fill_(math.log(half_median_gap(rows.features[chosen])))
        head.bias.fill_(-math.log(classes - 1))
    step = count(1)

    def batch_loss(x: Tensor, y: Tensor) -> Tensor:
        return loss(head(x), y, next(step) / steps).mean()

    data = (torch.from_numpy(rows.features), torch.from_numpy(rows.labels))
    schedule = Schedule(steps=steps, rate=RATE, weight_decay=0.0)
    descend(head, batch_loss, data, schedule, batch=BATCH, seed=seed)
    return head


def half_median_gap(points: Floats) -> float:
    """Half the median distance between two of N points; 1 where that is 0 or there is one."""
    gaps = np.linalg.norm(points[:, None] - points, axis=-1)[np.triu_indices(len(points), 1)]
    median = float(np.median(gaps)) if len(gaps) else 0.0
    return median / 2 or 1.0


def arrays_of(head: RadialHead) -> dict[str, Floats]:
    """The head's numbers by name."""
    return {name: value.numpy().copy() for name, value in head.state_dict().items()}


@torch.inference_mode()
def logits_of(arrays: Mapping[str, Floats], features: Floats) -> Tensor:
    """Logits of the plausibilities by these numbers, [N, d] -> [N, K]."""
    numbers = {name: torch.from_numpy(value) for name, value in arrays.items()}
    head = RadialHead(numbers["centres"], len(numbers["bias"]))
    head.load_state_dict(numbers)
    return head(torch.from_numpy(features))


def read(arrays: Mapping[str, Floats], features: Floats, *, joint: bool) -> tuple[Floats, ...]:
    """Belief [N, K], ignorance [N], confusion [N] and that of pairs [N, K, K]."""
    logits = logits_of(arrays, features)
    pairs = joint_plausibility(logits) if joint else pair_confusion(logits)
    return tuple(part.numpy() for part in (*masses(logits), pairs))
