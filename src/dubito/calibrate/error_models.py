"""A second model that learns how wrong a first one was [lahlou2023]."""

import math
import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dubito.evidence import Floats


class ErrorScale(Protocol):
    """How errors are written down for a regression, and read again."""

    def written(self, error: Floats) -> Floats:
        """Target of the regression, [N], of errors >= 0."""
        ...

    def read(self, target: Floats) -> Floats:
        """Errors [N] >= 0 of predicted targets."""
        ...


@dataclass(frozen=True)
class LogErrors:
    """Natural logs, an error of 0 held at `floor`; what is read lies between e^low and e^high.

    The exponential of a mean log is a median rather than a mean: low where errors have tails.
    """

    floor: float = -10.0
    low: float = -20.0
    high: float = 3.0

    def written(self, error: Floats) -> Floats:
        """max(log error, floor)."""
        return np.log(np.maximum(error, math.exp(self.floor)))

    def read(self, target: Floats) -> Floats:
        """Errors above 0."""
        return np.exp(np.clip(target, self.low, self.high))


@dataclass(frozen=True)
class PlainErrors:
    """Errors as they are; a prediction below 0 is read as 0."""

    def written(self, error: Floats) -> Floats:
        """The errors."""
        return error

    def read(self, target: Floats) -> Floats:
        """Errors >= 0."""
        return np.maximum(target, 0.0)


def fit_errors(model: BaseEstimator | None, features: Floats, targets: Floats) -> Any:
    """The model, a Gaussian process where None, fitted on standardised features [R, F]."""
    if model is not None:
        return make_pipeline(StandardScaler(), clone(model)).fit(features, targets)
    with warnings.catch_warnings():
        # A length scale or a noise at its bound says that something is of no use, which is fine.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process = gaussian_process(features.shape[1])
        return make_pipeline(StandardScaler(), process).fit(features, targets)


def gaussian_process(features: int) -> GaussianProcessRegressor:
    """Smooth errors with noise, a length scale a feature; its cost grows with the rows' cube."""
    scales: Any = np.ones(features)
    smooth = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(scales, (1e-2, 1e2))
    return GaussianProcessRegressor(smooth + WhiteKernel(0.1, (1e-5, 1e1)), normalize_y=True)
