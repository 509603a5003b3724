"""Features of inputs that mean the same whatever a predictor was fitted on [lahlou2023]."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.neighbors import KernelDensity

from dubito.calibrate.frozen import fitted
from dubito.evidence import Floats

LEAST_VARIANCE = 1e-10  # share of the variance of y


@dataclass(frozen=True)
class Moment:
    """A predictor as it was once, and how near to its data an input lay then."""

    model: Any
    members: tuple[Any, ...]  # fitted on resampled data
    density: KernelDensity  # of standardised inputs
    centre: Floats  # [d]
    spread: Floats  # [d]
    floor: float  # least variance of the members
    inputs: bool

    def features(self, X: Floats, *, seen: ArrayLike) -> Floats:
        """Log density, log variance of the members, bit of `seen`, inputs: [N, d] -> [N, F]."""
        z = (X - self.centre) / self.spread
        columns = [self.density.score_samples(z)]
        if self.members:
            variance = np.var([member.predict(X) for member in self.members], axis=0)  # [N]
            columns.append(np.log(np.maximum(variance, self.floor)))
        columns.append(np.broadcast_to(np.asarray(seen, dtype=np.float64), len(X)))
        return np.column_stack([*columns, X] if self.inputs else columns)

    def error(self, X: Floats, y: Floats) -> Floats:
        """Squared error of the predictor, [N]."""
        return np.square(y - self.model.predict(X))


@dataclass(frozen=True)
class Stationary:
    """What is looked at: a density by Gaussian kernels, the variance of `members`, the inputs.

    Members are copies fitted on bootstrap draws; with 0 there is no such feature. The inputs
    themselves help where data are many for their dimension and harm where they are few.
    Differs: kernels and bootstrap in place of a flow and of a deep kernel.
    """

    members: int = 20
    inputs: bool = True

    def __post_init__(self) -> None:
        """Refuse an ensemble that has no variance."""
        if self.members < 0 or self.members == 1:
            raise ValueError(f"members must be 0 or at least 2, got {self.members}")

    def __call__(
        self, estimator: BaseEstimator, X: Floats, y: Floats, rng: np.random.Generator
    ) -> Moment:
        """The moment at which a clone of the estimator is fitted to X [N, d] and y [N]."""
        n = len(y)
        draws = [rng.integers(n, size=n) for _ in range(self.members)]
        deviation = X.std(axis=0)
        spread = np.where(deviation > 0, deviation, 1.0)
        centre = X.mean(axis=0)
        bandwidth: Any = "scott"  # the stub allows numbers only
        return Moment(
            fitted(estimator, estimator, X, y),
            tuple(fitted(estimator, estimator, X[draw], y[draw]) for draw in draws),
            KernelDensity(bandwidth=bandwidth).fit((X - centre) / spread),
            centre,
            spread,
            floor=LEAST_VARIANCE * (float(np.var(y)) or 1.0),
            inputs=self.inputs,
        )
