"""What a classifier of features checks at its door, the way scikit-learn does."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from dubito.calibrate.holdout import Rows
from dubito.evidence import Floats

CHECK: Any = validate_data  # its stubs take no arrays


class Classified(NamedTuple):
    """Rows to fit on, and what their class numbers stand for."""

    classes: NDArray[Any]  # [K] sorted
    rows: Rows


def classified(estimator: BaseEstimator, X: ArrayLike, y: ArrayLike) -> Classified:
    """Finite features [N, d] with labels of two classes or more; sets `n_features_in_`.

    Raises:
        ValueError: labels of one class or not of classes at all, values that are not finite.
    """
    features, labels = CHECK(estimator, X, y, dtype=np.float64, ensure_min_samples=2)
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels of 2 classes or more needed, got 1 class: {classes[0]}")
    return Classified(classes, Rows(features, codes))


def seen_features(estimator: BaseEstimator, X: ArrayLike) -> Floats:
    """Finite features [N, d], as many as there were in the fit."""
    return CHECK(estimator, X, dtype=np.float64, reset=False)
