"""What the claims of this room share: fit on one part of a world, judge on the other."""

from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.bench.metrics.probability import ece_debiased, log_loss
from dubito.data.worlds.curves import Labelled
from dubito.evidence import Floats


class Fits(Protocol):
    """A calibrator."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from doubts and labels."""
        ...

    def predict_proba(self, X: ArrayLike) -> Floats:
        """[N, 2]: probability of being wrong, and of being right."""
        ...


Make = Callable[[], Fits]
Say = Callable[[Labelled], Floats]  # confidence of the answers to judge by


def calibrated(world: Labelled, *, make: Make, labels: int | None = None) -> Floats:
    """Confidence of the answers to judge by, from the first `labels` answers to fit on, or all."""
    fit = slice(labels if labels is not None else world.fitted)
    fitted = make().fit(world.doubt[fit], world.right[fit])
    return fitted.predict_proba(world.doubt[world.fitted :])[:, 1]


def scaled(world: Labelled) -> Floats:
    """One minus the doubt's place between the extremes to fit on, held 0.001 inside (0, 1)."""
    seen = world.doubt[: world.fitted]
    place = (world.doubt[world.fitted :] - seen.min()) / (seen.max() - seen.min())
    return np.clip(1 - place[:, 0], 0.001, 0.999)


def share_of_right(world: Labelled) -> Floats:
    """The share of right answers among those to fit on, whatever the doubt."""
    return np.full(len(world.right) - world.fitted, world.right[: world.fitted].mean())


def loss(world: Labelled, *, say: Say) -> float:
    """Log-loss of a confidence on the answers to judge by, nats, lower is better."""
    return log_loss(say(world), world.right[world.fitted :])


def miscalibration(world: Labelled, *, say: Say) -> float:
    """Debiased calibration error on the answers to judge by, in [0, 1], lower is better."""
    return ece_debiased(say(world), world.right[world.fitted :])
