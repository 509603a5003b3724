"""Isotonic regression of being right on a doubt [zadrozny2002]."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.curves import Polyline, load_curve, save_curve
from dubito.calibrate.fitted import both_classes, decisions
from dubito.calibrate.inputs import Training, one_column, training
from dubito.evidence import Floats


class Isotonic(ClassifierMixin, BaseEstimator):
    """Confidence inside (0, 1) that never rises with the doubt: X [N] or [N, 1], y 1 = right.

    Straight between the doubts of the fit, flat outside. A doubt that points the wrong way gets a
    constant. Labels of one class: (n + 1) / (n + 2), or 1 / (n + 2). An unknown doubt (NaN) is
    left out of the fit, counted in `n_left_out_`, and has the confidence NaN.

    Differs: the regression is on Platt's targets, so it never claims 0 or 1 and its log-loss on
    new data is finite.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `curve_` and `n_left_out_`."""
        rows = training(X, y)
        self.curve_ = fit_polyline(rows)
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
        if not isinstance(curve, Polyline):
            raise ValueError(f"Isotonic needs a saved Polyline, got {saved['curve']}")
        calibrator = cls()
        calibrator.curve_ = curve
        calibrator.classes_ = np.array([0, 1])
        return calibrator


def fit_polyline(rows: Training) -> Polyline:
    """The never rising knots closest to the targets; equal doubts are one knot."""
    doubt, group, size = np.unique(rows.doubt, return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=rows.target) / size
    level = isotonic_regression(mean, weights=size, increasing=False).x  # [K]
    # Inside a flat piece a knot says nothing.
    edge = np.ones(len(level), dtype=bool)
    edge[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return Polyline(tuple(doubt[edge].tolist()), tuple(level[edge].tolist()))
