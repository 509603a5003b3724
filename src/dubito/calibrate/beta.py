"""Beta calibration [kull2017] of a doubt."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.curves import BetaCurve, load_curve, save_curve
from dubito.calibrate.fitted import both_classes, decisions
from dubito.calibrate.inputs import Training, one_column, training
from dubito.calibrate.platt import fit_sigmoid
from dubito.evidence import Floats
from dubito.maths.logistic import fit_logistic


class Beta(ClassifierMixin, BaseEstimator):
    """Confidence inside (0, 1), Platt's with two tails of their own: X [N] or [N, 1], y 1 = right.

    logit p = a log s - b log(1 - s) + c with a, b >= 0; a = b = 1, c = 0 is Platt. Labels of one
    class and unknown doubts: as in `Platt`.

    Differs: the paper starts from a classifier's probability s; a doubt has any range, so s is
    here its Platt confidence. Fitted to Platt's targets.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `curve_` and `n_left_out_`."""
        rows = training(X, y)
        self.curve_ = fit_beta(rows)
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
        if not isinstance(curve, BetaCurve):
            raise ValueError(f"Beta needs a saved BetaCurve, got {saved['curve']}")
        calibrator = cls()
        calibrator.curve_ = curve
        calibrator.classes_ = np.array([0, 1])
        return calibrator


def fit_beta(rows: Training) -> BetaCurve:
    """The curve of greatest likelihood with a, b >= 0: one that comes out negative is set to 0."""
    first = fit_sigmoid(rows)
    z = first.logit(rows.doubt)
    features = np.column_stack([log_expit(z), -log_expit(-z)])  # [N, 2] log s, -log(1 - s)
    used = [0, 1]
    weights, c = fit_logistic(features, rows.target)
    while len(used) and weights.min() < 0:
        used.pop(int(weights.argmin()))
        weights, c = fit_logistic(features[:, used], rows.target)
    ab = np.zeros(2)
    ab[used] = weights
    return BetaCurve(
        first.slope, first.intercept, rows.low, rows.high, a=float(ab[0]), b=float(ab[1]), c=c
    )
