"""SPC-UQ [zhao2025]: intervals and a check of a frozen regressor, by heads on its features."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.frozen import Features, fitted, new_rows, seen, training_rows
from dubito.calibrate.split_point import MeanErrors, split_point_score, widening
from dubito.calibrate.split_point_heads import SCHEDULE, fit_split_heads, spoken
from dubito.evidence import Floats
from dubito.nn.tiny_training import Schedule


class SplitPointRegressor(RegressorMixin, BaseEstimator):
    """Intervals with a level on each side, and a doubt >= 0 where three mean errors disagree.

    The predictions stay those of `estimator` (cloned and fitted; `sklearn.frozen.FrozenEstimator`
    keeps it as it is; None: linear regression), which has to aim at the mean. Heads read
    `features(X)`, X itself where None. Rows that the estimator has not seen tell its errors best.
    Where no error of the fit lies on a side, that side is unknown: NaN.
    """

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        features: Features | None = None,
        level: float = 0.95,
        widths: tuple[int, ...] = (64, 64),
        schedule: Schedule | None = None,
        batch: int = 256,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.features = features
        self.level = level
        self.widths = widths
        self.schedule = schedule
        self.batch = batch
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `estimator_`, `heads_`, and `n_above_`, `n_below_`, the errors on each side."""
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie inside (0, 1), got {self.level}")
        X, y = training_rows(self, X, y)
        self.estimator_ = fitted(self.estimator, LinearRegression(), X, y)
        residual = np.asarray(y - self.estimator_.predict(X), dtype=np.float64)
        self.n_above_ = int((residual > 0).sum())
        self.n_below_ = int((residual <= 0).sum())
        self.heads_ = fit_split_heads(
            seen(self.features, X),
            residual,
            level=self.level,
            widths=self.widths,
            schedule=self.schedule or SCHEDULE,
            batch=self.batch,
            seed=self.random_state,
        )
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """The predictions of the frozen model, [N]."""
        check_is_fitted(self, "heads_")
        return self.estimator_.predict(new_rows(self, X))

    def predict_errors(self, X: ArrayLike) -> MeanErrors:
        """Mean sizes of the error: all, above and below the prediction, [N] each."""
        mean, above, below, _, _ = self.said(X)
        return MeanErrors(mean, above, below)

    def predict_uncertainty(self, X: ArrayLike) -> Floats:
        """Root of the split-point score, [N], >= 0, in the unit of y: epistemic.

        Differs: the paper's code takes the root in one of its experiments only.
        """
        return np.sqrt(split_point_score(self.predict_errors(X)))

    def predict_aleatoric(self, X: ArrayLike) -> Floats:
        """Mean error above plus mean error below, [N], >= 0, in the unit of y."""
        errors = self.predict_errors(X)
        return errors.above + errors.below

    def predict_interval(self, X: ArrayLike, *, widened: bool = False) -> Floats:
        """Lower and upper end, [N, 2]; each holds `level` of the errors on its side.

        `widened`: by up to 5 times on a side that the other means say is too short.
        """
        centre = self.predict(X)
        mean, above, below, upper, lower = self.said(X)
        if widened:
            wider_above, wider_below = widening(MeanErrors(mean, above, below))
            upper, lower = upper * wider_above, lower * wider_below
        return np.column_stack([centre - lower, centre + upper])

    def said(self, X: ArrayLike) -> list[Floats]:
        """What the five heads say, [N] each, NaN for a side without errors."""
        check_is_fitted(self, "heads_")
        X = new_rows(self, X)
        mean, above, below, upper, lower = spoken(self.heads_, seen(self.features, X))
        up = 1.0 if self.n_above_ else np.nan
        down = 1.0 if self.n_below_ else np.nan
        return [mean, above * up, below * down, upper * up, lower * down]
