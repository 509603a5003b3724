"""SPC-UQ [zhao2025] of a frozen classifier: do its mean errors fit its probabilities?"""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.frozen import VALIDATE, Features, fitted, new_rows, seen
from dubito.calibrate.split_point import class_score, corrected
from dubito.calibrate.split_point_heads import SCHEDULE, fit_class_heads, spoken
from dubito.evidence import Floats
from dubito.maths.entropy import entropy
from dubito.nn.tiny_training import Schedule


class SplitPointClassifier(ClassifierMixin, BaseEstimator):
    """Doubt >= 0 where a frozen classifier's mean errors are not what its probabilities imply.

    The answers stay those of `estimator` (cloned and fitted; `sklearn.frozen.FrozenEstimator`
    keeps it as it is; None: logistic regression). A head reads `features(X)`, X itself where
    None; rows that the estimator has not seen tell its errors best.
    """

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        features: Features | None = None,
        widths: tuple[int, ...] = (64,),
        schedule: Schedule | None = None,
        batch: int = 256,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.features = features
        self.widths = widths
        self.schedule = schedule
        self.batch = batch
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `estimator_`, `heads_` and `classes_`."""
        known: Any = VALIDATE(self, X, y, dtype=np.float64)
        rows, classes = known
        check_classification_targets(classes)
        self.estimator_ = fitted(self.estimator, LogisticRegression(max_iter=1000), rows, classes)
        self.classes_ = self.estimator_.classes_
        unknown = np.setdiff1d(classes, self.classes_)
        if len(unknown):
            raise ValueError(f"the frozen estimator does not know the class {unknown[0]}")
        hit = classes[:, None] == self.classes_  # [N, K]
        self.heads_ = fit_class_heads(
            seen(self.features, rows),
            np.abs(hit - self.estimator_.predict_proba(rows)),
            widths=self.widths,
            schedule=self.schedule or SCHEDULE,
            batch=self.batch,
            seed=self.random_state,
        )
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.generic]:
        """The answers of the frozen model, [N]."""
        check_is_fitted(self, "heads_")
        return self.estimator_.predict(new_rows(self, X))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """The probabilities of the frozen model, [N, K]."""
        check_is_fitted(self, "heads_")
        return self.estimator_.predict_proba(new_rows(self, X))

    def predict_error(self, X: ArrayLike) -> Floats:
        """Mean of |1(class is c) - p_c|, [N, K] in [0, 1]."""
        check_is_fitted(self, "heads_")
        X = new_rows(self, X)
        return np.clip(np.stack(spoken(self.heads_, seen(self.features, X))), 0.0, 1.0)

    def predict_uncertainty(self, X: ArrayLike) -> Floats:
        """Split-point score, [N], >= 0: epistemic."""
        return class_score(self.predict_proba(X), self.predict_error(X))

    def predict_corrected(self, X: ArrayLike) -> Floats:
        """The probabilities that the mean errors point to, [N, K]."""
        return corrected(self.predict_proba(X), self.predict_error(X))

    def predict_aleatoric(self, X: ArrayLike) -> Floats:
        """Entropy of the corrected probabilities, nats, [N]."""
        with np.errstate(divide="ignore"):
            return entropy(np.log(self.predict_corrected(X)))
