"""What methods that stand on a predictor they leave as it is need of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted, validate_data

from dubito.evidence import Floats

Features = Callable[[Floats], Floats]  # X [N, d] -> [N, d'], best those of the predictor
ACTIVATIONS = {
    "identity": lambda x: x,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}


VALIDATE: Any = validate_data  # scikit-learn's stub of it knows no arrays


def training_rows(
    method: BaseEstimator, X: ArrayLike, y: ArrayLike, *, least: int = 1, several: bool = False
) -> tuple[Floats, Floats]:
    """X [N, d] and numbers y [N], or [N, D] where `several` are allowed, checked and remembered."""
    return VALIDATE(
        method,
        X,
        y,
        dtype=np.float64,
        multi_output=several,
        y_numeric=True,
        ensure_min_samples=least,
    )


def new_rows(method: BaseEstimator, X: ArrayLike) -> Floats:
    """X [N, d] of as many columns as the method was fitted to."""
    return VALIDATE(method, X, dtype=np.float64, reset=False)


def fitted(estimator: BaseEstimator | None, default: BaseEstimator, X: Floats, y: ArrayLike) -> Any:
    """A fitted clone of the estimator, of the default where there is none.

    A `sklearn.frozen.FrozenEstimator` is its own clone and stays as it is.
    """
    copy: Any = clone(default if estimator is None else estimator)
    return copy.fit(X, y)


def penultimate(network: MLPRegressor | MLPClassifier, X: ArrayLike) -> Floats:
    """What the last hidden layer of scikit-learn's perceptron says, [N, d] -> [N, width].

    `functools.partial(penultimate, network)` is a feature map.
    """
    check_is_fitted(network)
    activation = ACTIVATIONS[network.activation]
    hidden = np.asarray(X, dtype=np.float64)
    for weight, bias in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
        hidden = activation(hidden @ weight + bias)
    return hidden


def seen(features: Features | None, X: Floats) -> Floats:
    """What the heads read, [N, d] floats in memory of their own."""
    return np.array(X if features is None else features(X), dtype=np.float64)
