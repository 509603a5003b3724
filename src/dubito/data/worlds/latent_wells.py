"""A reasoner that rolls downhill: four wells, the answer is where it ends, the deepest is right."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from dubito.nn.seeded import seeded

WELLS, STEPS = 4, 6
RATE, SPREAD = 0.6, 0.7  # of a step; of a well


@dataclass(frozen=True, eq=False)
class Asked:
    """B questions, [B, 12] float: x, y and depth of each well; and the answers, [B] int."""

    questions: Tensor
    gold: Tensor


@dataclass(frozen=True, eq=False)
class Wells:
    """Questions to learn from and others to judge by."""

    known: Asked
    new: Asked

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same questions; the answers of either part are permuted."""
        parts = {"known": self.known, "new": self.new}
        changes: dict[str, Any] = {
            name: replace(p, gold=p.gold[torch.from_numpy(rng.permutation(len(p.gold)))])
            for name, p in parts.items()
        }
        return replace(self, **changes)


def wells(seed: int, *, known: int = 1500, new: int = 1000) -> Wells:
    """Wells at random angles, 1.2 to 1.6 from the start, depths U(0.5, 1.5)."""
    generator = torch.Generator().manual_seed(seed)
    return Wells(landscapes(known, generator), landscapes(new, generator))


def landscapes(count: int, generator: torch.Generator) -> Asked:
    """So many questions."""
    angle, radius, depth = torch.rand(3, count, WELLS, generator=generator)
    angle, radius, depth = 2 * math.pi * angle, 1.2 + 0.4 * radius, 0.5 + depth
    places = torch.stack([radius * angle.cos(), radius * angle.sin(), depth], dim=-1)
    return Asked(places.flatten(1), depth.argmax(dim=1))


def nearest(questions: Tensor, latents: Tensor) -> Tensor:
    """The well next to where it ended, [B, 12] and [B, T, 2] -> [B]."""
    places = questions.unflatten(-1, (WELLS, 3))[..., :2]
    return (places - latents[:, -1:, :]).square().sum(dim=-1).argmin(dim=-1)


class Downhill(nn.Module):
    """One step down the slope of E(h) = - sum_k depth_k exp(-|h - w_k|^2 / (2 0.7^2)), from 0."""

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """[B, 12], [B, t, 2] -> [B, 2]."""
        place = where(questions, latents)
        well = questions.unflatten(-1, (WELLS, 3))  # [B, K, 3]
        towards = well[..., :2] - place[:, None]  # [B, K, 2]
        pull = well[..., 2] * (-towards.square().sum(dim=-1) / (2 * SPREAD**2)).exp()  # [B, K]
        return place + RATE * (pull[..., None] * towards).sum(dim=1) / SPREAD**2


class LearntDownhill(nn.Module):
    """A perceptron with dropout that learnt the step; [B, 12], [B, t, 2] -> [B, 2]."""

    def __init__(self, *, width: int = 64, dropout: float = 0.1) -> None:
        super().__init__()
        self.move = nn.Sequential(
            nn.Linear(3 * WELLS + 2, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, 2),
        )

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """The next place."""
        place = where(questions, latents)
        return place + self.move(torch.cat([questions, place], dim=-1))


class WellReader(nn.Module):
    """States for a scorer; [M, 12], [M, t, 2] -> [M, t, width].

    Wells are read one by one, as seen from the place, and summed: like the reasoner itself it
    cannot tell in which order they are listed.
    """

    def __init__(self, *, width: int = 32) -> None:
        super().__init__()
        self.each = nn.Sequential(
            nn.Linear(3 + STEPS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.together = nn.Sequential(nn.Linear(width, width), nn.ReLU())

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """The states."""
        count, steps = latents.shape[:2]
        well = questions.unflatten(-1, (WELLS, 3))[:, None].expand(-1, steps, -1, -1)
        towards = well[..., :2] - latents[:, :, None]  # [M, t, K, 2]
        step = one_hot(torch.arange(steps), STEPS)[None, :, None].expand(count, -1, WELLS, -1)
        seen = torch.cat([towards, well[..., 2:], step.to(towards.dtype)], dim=-1)
        return self.together(self.each(seen).sum(dim=2))


def where(questions: Tensor, latents: Tensor) -> Tensor:
    """The last place, [B, 2]; 0 before the first step."""
    return latents[:, -1] if latents.shape[1] else questions.new_zeros(len(questions), 2)


def learnt_downhill(seed: int, *, steps: int = 1200, batch: int = 256) -> LearntDownhill:
    """A perceptron that imitates `Downhill` on random places; some seconds."""
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model, teacher = LearntDownhill(), Downhill()
        optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for _ in range(steps):
            questions = landscapes(batch, generator).questions
            place = torch.randn(batch, 1, 2, generator=generator)
            error = model(questions, place) - teacher(questions, place)
            optimiser.zero_grad()
            error.square().mean().backward()
            optimiser.step()
            schedule.step()
    return model.eval()
