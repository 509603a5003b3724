"""Platt's sigmoid of a doubt [platt1999]."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.curves import Sigmoid, load_curve, save_curve
from dubito.calibrate.fitted import both_classes, decisions, direction
from dubito.calibrate.inputs import Training, one_column, training
from dubito.evidence import Floats
from dubito.maths.logistic import fit_logistic


class Platt(ClassifierMixin, BaseEstimator):
    """Confidence inside (0, 1), a sigmoid of the doubt: X [N] or [N, 1], y 1 = right, 0 = wrong.

    A doubt that points the wrong way is kept as it is, with `direction_` 1 in place of -1.
    Labels of one class: the constant (n + 1) / (n + 2), or 1 / (n + 2). An unknown doubt (NaN) is
    left out of the fit, counted in `n_left_out_`, and has the confidence NaN.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `curve_`, `slope_`, `intercept_`, `direction_` and `n_left_out_`."""
        rows = training(X, y)
        self.curve_ = fit_sigmoid(rows)
        self.slope_, self.intercept_ = self.curve_.slope, self.curve_.intercept
        self.direction_ = direction(self.curve_, rows.low, rows.high)
        self.n_left_out_ = rows.left_out
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: ArrayLike) -> Floats:
        """[N, 2]: probability of being wrong, and of being right."""
        check_is_fitted(self, "curve_")
        return both_classes(self.curve_(one_column(X)))

    def predict(self, X: ArrayLike) -> NDArray[np.integer[Any]]:
        """[N]: 1 where the answer is more likely right than wrong."""
        return decisions(self.predict_proba(X)[:, 1])

    def to_json(self) -> dict[str, Any]:
        """The fitted curve as plain numbers."""
        check_is_fitted(self, "curve_")
        return save_curve(self.curve_)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A calibrator that answers as the saved one did."""
        curve = load_curve(saved)
        if not isinstance(curve, Sigmoid):
            raise ValueError(f"Platt needs a saved Sigmoid, got {saved['curve']}")
        calibrator = cls()
        calibrator.curve_ = curve
        calibrator.slope_, calibrator.intercept_ = curve.slope, curve.intercept
        calibrator.direction_ = direction(curve, curve.low, curve.high)
        calibrator.classes_ = np.array([0, 1])
        return calibrator


def fit_sigmoid(rows: Training) -> Sigmoid:
    """The sigmoid of greatest likelihood under the smoothed targets."""
    # A constant doubt is standardised to 0, so that it gets no slope.
    scale = float(rows.doubt.std()) if rows.high > rows.low else 1.0
    centre = float(rows.doubt.mean()) if rows.high > rows.low else rows.low
    (weight,), bias = fit_logistic(((rows.doubt - centre) / scale)[:, None], rows.target)
    slope = float(weight) / scale
    return Sigmoid(slope, bias - slope * centre, rows.low, rows.high)
