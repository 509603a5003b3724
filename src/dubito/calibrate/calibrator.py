"""One doubt in, a probability of being right out; which curve is learned is an argument."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.curves import Curve, save_curve
from dubito.calibrate.fitted import both_classes, decisions, direction
from dubito.calibrate.inputs import Training, one_column, training
from dubito.evidence import Floats


class Calibrator(ClassifierMixin, BaseEstimator):
    """Confidence inside (0, 1) of a doubt: X [N] or [N, 1], y 1 = right, 0 = wrong.

    Labels of one class: the constant (n + 1) / (n + 2), or 1 / (n + 2). An unknown doubt (NaN) is
    left out of the fit, counted in `n_left_out_`, and has the confidence NaN. A doubt that points
    the wrong way shows in `direction_`: 1 in place of -1.
    """

    def __init__(self, learn: Callable[[Training], Curve]) -> None:
        self.learn = learn

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `curve_`, `direction_` and `n_left_out_`."""
        rows = training(X, y)
        self.curve_ = self.learn(rows)
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
        """The fitted curve as plain numbers; `load_curve` reads and applies them."""
        check_is_fitted(self, "curve_")
        return save_curve(self.curve_)
