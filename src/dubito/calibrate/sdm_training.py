"""Training of the adaptor below an SDM layer [schmaltz2025]."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.calibrate.holdout import Rows
from dubito.calibrate.sdm_adaptor import Adaptor, Weighing, as_softmax, balanced_loss
from dubito.evidence import Floats
from dubito.nn.seeded import seeded

Weigh = Callable[[Adaptor, Rows, Rows], tuple[Weighing, Weighing]]
BATCH = 32


@dataclass(frozen=True, slots=True)
class Schedule:
    """How wide the exemplar vectors are, and how long and how fast they are learnt."""

    width: int = 32
    epochs: int = 40
    rate: float = 2e-3


class Trained(NamedTuple):
    """The maps of the epoch with the least loss on the calibration rows."""

    adaptor: Adaptor
    loss: float


def trained_adaptor(
    train: Rows, calibration: Rows, *, weigh: Weigh, how: Schedule, seed: int
) -> Trained:
    """The adaptor after the best of the epochs; the same seed gives the same bits.

    The first epoch learns by softmax and cross-entropy; before each later one all points are
    weighed anew, and similarity and nearness then stand still while the maps move.
    Differs: epochs by softmax go on while a class has no supported point, since a nearness of
    0 everywhere would leave nothing to learn from.
    """
    classes = int(max(train.labels.max(), calibration.labels.max())) + 1
    model = fresh_maps(train.features.shape[1], how.width, classes, seed=seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=how.rate)
    generator = torch.Generator().manual_seed(seed)
    plain, _ = as_softmax(adaptor_of(model), train, calibration)
    weighing, best = plain, None
    for _ in range(how.epochs):
        one_epoch(model, optimiser, train, weighing, generator)
        adaptor = adaptor_of(model)
        weighing, theirs = weigh(adaptor, train, calibration)
        if not weighing.nearness.any():
            weighing = plain
        loss = balanced_loss(adaptor, calibration, theirs)
        if best is None or loss < best.loss:
            best = Trained(adaptor, loss)
    if best is None:
        raise ValueError(f"epochs must be at least 1, got {how.epochs}")
    return best


def one_epoch(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    train: Rows,
    weighing: Weighing,
    generator: torch.Generator,
) -> None:
    """All rows once, in batches of a new order."""
    x, y = torch.from_numpy(train.features).float(), torch.from_numpy(train.labels)
    base, near = (tensor(np.log(2 + weighing.similarity)), tensor(weighing.nearness))  # [N]
    for rows in torch.randperm(len(y), generator=generator).split(BATCH):
        logits = (near * base)[rows, None] * model(x[rows])  # [B, K]
        loss = (cross_entropy(logits, y[rows], reduction="none") / base[rows]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def tensor(values: Floats) -> Tensor:
    """As single-precision tensor."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def fresh_maps(features: int, width: int, classes: int, *, seed: int) -> nn.Sequential:
    """Fresh maps whose first weights depend on the seed alone."""
    with seeded(seed):
        return nn.Sequential(nn.Linear(features, width), nn.Linear(width, classes))


def adaptor_of(model: nn.Sequential) -> Adaptor:
    """A copy of the weights as they are now."""
    return Adaptor(*(p.detach().double().numpy().copy() for p in model.parameters()))
