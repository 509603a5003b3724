"""Several doubts as one confidence, by ridge-penalised logistic regression [lecessie1992]."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.curves import Combination, save_curve, without_infinities
from dubito.calibrate.fitted import both_classes, decisions
from dubito.calibrate.inputs import columns, labels, smoothed
from dubito.evidence import Floats
from dubito.maths.logistic import fit_logistic


class LogisticCombination(ClassifierMixin, BaseEstimator):
    """Confidence inside (0, 1) from M doubts: X [N, M], y 1 = right, 0 = wrong.

    Columns are standardised; l2 / 2 times their squared weights is added to the cross-entropy,
    summed over rows. A missing doubt (NaN) counts as its column's mean, and a column that was
    missing in a part of the fit has a flag with a weight of its own: not to be measurable may
    mean something. So every row has a confidence. Labels of one class: as in `Calibrator`.
    """

    def __init__(self, *, l2: float = 1.0) -> None:
        self.l2 = l2

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `curve_`, and `weight_` [M]: below 0 where more doubt means less confidence."""
        if self.l2 < 0:
            raise ValueError(f"l2 must be at least 0, got {self.l2}")
        doubts = columns(X)
        if not len(doubts):
            raise ValueError("no row to fit on")
        right = labels(y, len(doubts))
        self.curve_ = fit_combination(doubts, smoothed(right), l2=self.l2)
        self.weight_ = np.array(self.curve_.weight)
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: ArrayLike) -> Floats:
        """[N, 2]: probability of being wrong, and of being right."""
        check_is_fitted(self, "curve_")
        return both_classes(self.curve_(columns(X)))

    def predict(self, X: ArrayLike) -> NDArray[np.integer[Any]]:
        """[N]: 1 where the answer is more likely right than wrong."""
        return decisions(self.predict_proba(X)[:, 1])

    def to_json(self) -> dict[str, Any]:
        """The fitted curve as plain numbers; l2 served the fit and is not kept."""
        check_is_fitted(self, "curve_")
        return save_curve(self.curve_)


class Column(NamedTuple):
    """How one doubt is standardised."""

    centre: float
    scale: float
    low: float
    high: float


def fit_combination(doubts: Floats, targets: Floats, *, l2: float) -> Combination:
    """The penalised fit to [N, M] doubts and targets [N] inside (0, 1)."""
    centre, scale, low, high = np.array([column_shape(column) for column in doubts.T]).T  # [M] each
    z = (without_infinities(doubts, low, high) - centre) / scale
    missing = np.isnan(doubts)
    flag = missing & ~missing.all(axis=0)  # always missing says nothing
    features = np.column_stack([np.where(missing, 0.0, z), flag.astype(np.float64)])  # [N, 2M]
    weights, intercept = fit_logistic(features, targets, l2=l2)
    numbers = (centre, scale, low, high, *np.split(weights, 2))
    return Combination(*(tuple(part.tolist()) for part in numbers), intercept=intercept)


def column_shape(doubt: Floats) -> Column:
    """Mean, deviation, extremes of one doubt's finite values; (0, 1, 0, 0) where there are none."""
    finite = doubt[np.isfinite(doubt)]
    if not len(finite):
        return Column(0.0, 1.0, 0.0, 0.0)
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        return Column(low, 1.0, low, high)
    inside = np.clip(doubt[~np.isnan(doubt)], low, high)
    return Column(float(inside.mean()), float(inside.std()), low, high)
