"""Heads that learn the mean errors of a frozen predictor from its features [zhao2025]."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from dubito.evidence import Floats
from dubito.nn.descent import descend, mlp
from dubito.nn.tiny_training import Schedule

SCHEDULE = Schedule(steps=500, rate=5e-3, weight_decay=0.0)


class Said(NamedTuple):
    """What the five heads say, [B] each, >= 0, in the unit of the residual."""

    mean: Tensor
    above: Tensor
    below: Tensor
    upper: Tensor  # reach of the interval above the prediction
    lower: Tensor


class SplitHeads(nn.Module):
    """Five networks without a common weight, features [B, d] -> five times [B].

    Differs: all heads end in a softplus, since all mean a size; features are standardised and
    residuals count in `unit`, their mean size, so that no unit of y matters.
    """

    centre: Tensor
    spread: Tensor
    unit: Tensor

    def __init__(
        self, centre: Tensor, spread: Tensor, unit: Tensor, *, widths: Sequence[int], seed: int
    ) -> None:
        super().__init__()
        self.options = {"widths": list(widths)}
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.register_buffer("unit", unit)
        self.networks = nn.ModuleList(
            mlp(len(centre), widths, 1, seed=seed + i) for i in range(len(Said._fields))
        )

    def forward(self, features: Tensor) -> Said:
        """The mean errors and reaches."""
        z = (features - self.centre) / self.spread
        return Said(*(self.unit * softplus(net(z)).squeeze(-1) for net in self.networks))

    def loss(self, features: Tensor, residual: Tensor, level: float) -> Tensor:
        """Squared errors of the means and coverage losses of the reaches, each on its own side."""
        said, unit = self(features), self.unit
        size, up = residual.abs(), residual > 0
        means = (
            (said.mean - size).square().mean()
            + mean_where((said.above - size).square(), up)
            + mean_where((said.below - size).square(), ~up)
        )
        reaches = coverage_loss(said.upper[up], size[up], level) + coverage_loss(
            said.lower[~up], size[~up], level
        )
        return means / unit**2 + reaches / unit


class ClassHeads(nn.Module):
    """Mean of |1(class is c) - p_c| for each of K classes: [B, d] -> [B, K], held by nothing.

    Its last layer is linear, as in the paper: a sigmoid has to go far out to say the small means
    of a good classifier, and turns the doubt of unlike inputs around.
    """

    centre: Tensor
    spread: Tensor

    def __init__(
        self, centre: Tensor, spread: Tensor, *, widths: Sequence[int], classes: int, seed: int
    ) -> None:
        super().__init__()
        self.options = {"widths": list(widths), "classes": classes}
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.network = mlp(len(centre), widths, classes, seed=seed)

    def forward(self, features: Tensor) -> Tensor:
        """The mean errors."""
        return self.network((features - self.centre) / self.spread)


def mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """Mean of the chosen values, 0 where there is none."""
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


def coverage_loss(reach: Tensor, target: Tensor, level: float) -> Tensor:
    """Pulls the share of targets [B] within their reach [B] to the level; 0 of none.

    Too few are covered: mean distance of those outside, times what is lacking; else mean distance
    of those inside, times what is too much. The share itself has no gradient.
    """
    if not len(target):
        return reach.sum()
    inside = target <= reach
    share = inside.double().mean()
    if share < level:
        return (level - share) * (target - reach)[~inside].mean()
    return (share - level) * (reach - target)[inside].mean()


def fit_split_heads(
    features: Floats,
    residual: Floats,
    *,
    level: float,
    widths: Sequence[int],
    schedule: Schedule,
    batch: int,
    seed: int,
) -> SplitHeads:
    """Heads for features [N, d] and residuals [N] of a predictor."""
    z, r = torch.from_numpy(features), torch.from_numpy(residual)
    size = r.abs().mean()
    unit = torch.where(size > 0, size, torch.ones_like(size))
    heads = SplitHeads(*standard(z), unit, widths=widths, seed=seed)

    def loss(z: Tensor, r: Tensor) -> Tensor:
        return heads.loss(z, r, level)

    descend(heads, loss, (z, r), schedule, batch=batch, seed=seed)
    return heads


def fit_class_heads(
    features: Floats,
    error: Floats,
    *,
    widths: Sequence[int],
    schedule: Schedule,
    batch: int,
    seed: int,
) -> ClassHeads:
    """Heads for features [N, d] and |1(class is c) - p_c| [N, K]."""
    z, wanted = torch.from_numpy(features), torch.from_numpy(error)
    heads = ClassHeads(*standard(z), widths=widths, classes=wanted.shape[1], seed=seed)

    def loss(z: Tensor, wanted: Tensor) -> Tensor:
        return (heads(z) - wanted).square().sum(dim=-1).mean()

    descend(heads, loss, (z, wanted), schedule, batch=batch, seed=seed)
    return heads


def standard(z: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each column, [d] each; 1 where a column is constant."""
    spread = z.std(dim=0, correction=0)
    return z.mean(dim=0), torch.where(spread > 1e-12, spread, torch.ones_like(spread))


@torch.inference_mode()
def spoken(heads: nn.Module, features: Floats) -> list[Floats]:
    """What heads say of features [N, d], as arrays."""
    said = heads(torch.from_numpy(features))
    return [np.asarray(part) for part in said]
