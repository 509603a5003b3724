"""Waves to learn from few points [finn2017]: a task for each amplitude and phase, some harder."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

HIGHEST, LOWEST = 5.0, 0.1  # amplitudes
HALF = 5.0  # points lie within 5 of 0


@dataclass(frozen=True, eq=False)
class Waves:
    """Tasks y = amplitude sin(x - phase) with some points each; [...] tasks."""

    amplitude: Floats  # [...]
    phase: Floats  # [...] in [0, pi]
    points: Floats  # [..., P] x
    values: Floats  # [..., P] y


@dataclass(frozen=True, eq=False)
class Tasks:
    """Tasks to train on and tasks to judge by."""

    candidates: Waves  # [T, N] for each of T steps
    judged: Waves  # [M]


@dataclass(frozen=True, eq=False)
class Sinusoids:
    """Tasks, and what is told of the candidates before one has tried them."""

    tasks: Tasks
    told: Floats  # [T, N, 2] amplitude and phase, each of mean 0 and deviation 1

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same tasks; each is told to be another of its step."""
        order = rng.permuted(np.tile(np.arange(self.told.shape[1]), (len(self.told), 1)), axis=1)
        changes: dict[str, Any] = {"told": np.take_along_axis(self.told, order[..., None], axis=1)}
        return replace(self, **changes)


def sinusoids(
    seed: int, *, steps: int = 1500, candidates: int = 32, judged: int = 600, points: int = 20
) -> Sinusoids:
    """Amplitudes in [0.1, 5], phases in [0, pi], both uniform.

    Raises:
        ValueError: an odd number of points; one half is to learn from, one to judge by.
    """
    if points % 2 or points < 2:
        raise ValueError(f"points must be even, one half to adapt with, got {points}")
    rng = np.random.default_rng(seed)
    train = waves((steps, candidates), points, rng)
    width = np.array([HIGHEST - LOWEST, np.pi])
    low = np.array([LOWEST, 0.0])
    raw = np.stack([train.amplitude, train.phase], axis=-1)
    return Sinusoids(
        tasks=Tasks(candidates=train, judged=waves((judged,), points, rng)),
        told=((raw - low) / width - 0.5) * np.sqrt(12),
    )


def waves(shape: tuple[int, ...], points: int, rng: np.random.Generator) -> Waves:
    """Tasks at random."""
    amplitude, phase = rng.uniform(LOWEST, HIGHEST, shape), rng.uniform(0, np.pi, shape)
    x = rng.uniform(-HALF, HALF, (*shape, points))
    return Waves(amplitude, phase, x, amplitude[..., None] * np.sin(x - phase[..., None]))
