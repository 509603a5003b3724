"""DEUP [lahlou2023]: how much worse a predictor is than the best there could be."""

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.error_models import ErrorScale, LogErrors, fit_errors
from dubito.calibrate.frozen import new_rows, training_rows
from dubito.calibrate.stationary import Moment, Stationary
from dubito.evidence import Floats

Take = Callable[[Floats, Floats], Moment]  # X [N, d], y [N] -> a predictor at this moment


class DEUP(RegressorMixin, BaseEstimator):
    """Excess squared error, >= 0, in squared units of y, higher = less trustworthy.

    A second model learns, from features that keep their meaning, the errors of copies of
    `estimator` that were fitted without a fold each. So it sees what no variance shows: that the
    predictor is too simple. `estimator` (None: linear regression) and `error_model` (None: a
    Gaussian process, for up to some thousands of rows times folds) are cloned and fitted.

    `aleatoric` is the error of the best predictor, a number or a function of X; without it noise
    counts as ignorance. Differs: squared error only, which is told to the error model in units of
    the variance of y.
    """

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        error_model: BaseEstimator | None = None,
        *,
        features: Stationary | None = None,
        error_scale: ErrorScale | None = None,
        aleatoric: float | Callable[[Floats], Floats] = 0.0,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.error_model = error_model
        self.features = features
        self.error_scale = error_scale
        self.aleatoric = aleatoric
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `moment_`, the predictor on all rows, `error_model_` and `unit_`, y's variance."""
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2, got {self.folds}")
        X, y = training_rows(self, X, y, least=2)
        y = np.asarray(y, dtype=np.float64)
        rng = np.random.default_rng(self.random_state)
        estimator = LinearRegression() if self.estimator is None else self.estimator
        take = partial(self.features or Stationary(), estimator, rng=rng)
        self.error_scale_ = self.error_scale or LogErrors()
        self.unit_ = float(np.var(y)) or 1.0
        rows, errors = fold_rows(take, X, y, folds=min(self.folds, len(y)), rng=rng)
        targets = self.error_scale_.written(errors / self.unit_)
        self.error_model_ = fit_errors(self.error_model, rows, targets)
        self.moment_ = take(X, y)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """The predictions of the estimator, [N]."""
        check_is_fitted(self, "moment_")
        return self.moment_.model.predict(new_rows(self, X))

    def predict_risk(self, X: ArrayLike) -> Floats:
        """Expected squared error at inputs that were not fitted on, [N] >= 0: all doubt."""
        check_is_fitted(self, "moment_")
        X = new_rows(self, X)
        said = self.error_model_.predict(self.moment_.features(X, seen=False))
        return self.error_scale_.read(said) * self.unit_

    def predict_uncertainty(self, X: ArrayLike) -> Floats:
        """The risk above that of the best predictor, [N] >= 0: epistemic doubt."""
        risk = self.predict_risk(X)
        return excess(risk, noise_at(self.aleatoric, np.asarray(X, dtype=np.float64)))


def fold_rows(
    take: Take, X: Floats, y: Floats, *, folds: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Features [folds * N, F] and squared errors [folds * N] of copies without a fold each.

    Every point is a row of every copy, and its bit says whether the copy had seen it.
    """
    rows: list[Any] = []
    errors: list[Any] = []
    for left_out in np.array_split(rng.permutation(len(y)), folds):
        seen = np.ones(len(y), dtype=bool)
        seen[left_out] = False
        moment = take(X[seen], y[seen])
        rows.append(moment.features(X, seen=seen))
        errors.append(moment.error(X, y))
    return np.concatenate(rows), np.concatenate(errors)


def excess(risk: Floats, noise: ArrayLike) -> Floats:
    """The risk less the noise, never below 0."""
    return np.maximum(risk - np.asarray(noise), 0.0)


def noise_at(aleatoric: float | Callable[[Floats], Floats], X: Floats) -> ArrayLike:
    """The noise at each input, or the one number for all."""
    return aleatoric(X) if callable(aleatoric) else aleatoric


def noise_of_pairs(first: ArrayLike, second: ArrayLike) -> Floats:
    """Half the squared difference of two labels of one input, [...]: its mean is their variance."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return np.square(a - b) / 2
