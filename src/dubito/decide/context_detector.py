"""Which heads show that a token of the context is about to be said [huang2025]."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from dubito.evidence import Floats

validated: Any = validate_data  # scikit-learn's own stub takes its default, a str, for the type
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)  # C of the authors' grid


class Strength(NamedTuple):
    """The inverse penalty that did best, and how well."""

    value: float
    accuracy: float


class ContextUseDetector(ClassifierMixin, BaseEstimator):
    """Is a token of the context being used? From the attention ratios of all heads, X [N, H].

    y [N] is 1 (of two classes the greater one) for a token that was said next. The classes are
    balanced by leaving rows out, a logistic regression ranks the heads by |coefficient|, and one
    of the best `heads` alone, with the commoner class drawn afresh, is kept: `heads_` [K],
    `coef_` [K], `intercept_`, `strength_`. `accuracy_` is the mean over the folds at that
    strength, in [0, 1]; NaN where a class has fewer than two rows, and strength 1 is then taken.

    Differs: one cross-validation chooses the strength and the fit is of all rows, where the
    authors search inside each fold and keep the best fold's model; so `accuracy_` is that of the
    best of six strengths.
    """

    n_features_in_: int  # H

    def __init__(
        self,
        *,
        heads: int = 10,
        strengths: tuple[float, ...] = STRENGTHS,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.heads = heads
        self.strengths = strengths
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from ratios [N, H] and labels [N].

        Raises:
            ValueError: no head, no strength, fewer than two folds, NaN, or not two classes.
        """
        if self.heads < 1 or not self.strengths or self.folds < 2:
            raise ValueError(
                "at least 1 head, 1 strength and 2 folds needed, got "
                f"{self.heads}, {self.strengths} and {self.folds}"
            )
        ratios, labels = validated(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_ = unique_labels(labels)
        if len(self.classes_) != 2:
            raise ValueError(
                f"Only binary classification is supported: used and unused tokens are needed, got "
                f"{len(self.classes_)} class(es): {self.classes_}"
            )
        used = labels == self.classes_[1]
        rng = np.random.default_rng(self.random_state)
        rows = balanced(used, rng)
        self.strength_, self.accuracy_ = self.strongest(ratios[rows], used[rows])
        every = logistic(self.strength_).fit(ratios[rows], used[rows])
        order = np.argsort(-np.abs(every.coef_[0]), kind="stable")
        self.heads_ = np.sort(order[: self.heads])
        rows = balanced(used, rng)
        kept = logistic(self.strength_).fit(ratios[rows][:, self.heads_], used[rows])
        self.coef_, self.intercept_ = kept.coef_[0], float(kept.intercept_[0])
        return self

    def strongest(self, ratios: Floats, used: NDArray[np.bool_]) -> Strength:
        """The strength of the best mean accuracy, the least one on a tie."""
        folds = min(self.folds, int(used.sum()), int((~used).sum()))
        if folds < 2:
            return Strength(1.0, float("nan"))
        split = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
        tried = [
            Strength(c, float(cross_val_score(logistic(c), ratios, used, cv=split).mean()))
            for c in sorted(self.strengths)
        ]
        return max(tried, key=lambda s: s.accuracy)

    def decision_function(self, X: ArrayLike) -> Floats:
        """Log odds [N] of being used."""
        check_is_fitted(self, "coef_")
        ratios = validated(self, X, dtype=np.float64, reset=False)
        return ratios[:, self.heads_] @ self.coef_ + self.intercept_

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The class [N] of each token."""
        odds = self.decision_function(X)
        return self.classes_[(odds > 0).astype(int)]

    def weight(self, X: ArrayLike) -> Floats:
        """How much each token is looked at, [N]: ratios by coefficients of |sum| 1, may be < 0.

        Differs: divided by the sum of |coefficients|. By the plain sum, one below 0 would turn
        all weights round; any other factor is lost when a utilisation is normalised.
        """
        check_is_fitted(self, "coef_")
        ratios = validated(self, X, dtype=np.float64, reset=False)
        return ratios[:, self.heads_] @ self.coef_ / max(float(np.abs(self.coef_).sum()), 1e-12)

    def to_json(self) -> dict[str, Any]:
        """What is needed to detect, as plain numbers."""
        check_is_fitted(self, "coef_")
        return {
            "heads": self.heads_.tolist(),
            "coef": self.coef_.tolist(),
            "intercept": self.intercept_,
            "of_heads": self.n_features_in_,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A detector of classes 0 and 1 that judges as the saved one did."""
        heads, coef = np.asarray(saved["heads"], dtype=int), np.asarray(saved["coef"], dtype=float)
        of = int(saved["of_heads"])
        inside = len(heads) == len(coef) > 0 and heads.min() >= 0 and heads.max() < of
        if not inside or not np.isfinite([*coef, saved["intercept"]]).all():
            raise ValueError(
                f"not a saved detector: heads {heads.tolist()} of {of} with {len(coef)} finite "
                "coefficients needed"
            )
        detector = cls(heads=len(heads))
        detector.heads_, detector.coef_ = heads, coef
        detector.intercept_, detector.n_features_in_ = float(saved["intercept"]), of
        detector.classes_ = np.array([0, 1])
        return detector

    def __sklearn_tags__(self) -> Tags:
        """Two classes only; a fit on a few heads out of noise may be a poor one."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def logistic(strength: float) -> LogisticRegression:
    """An L2 logistic regression of this inverse penalty."""
    return LogisticRegression(C=strength, max_iter=2000)


def balanced(used: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.integer[Any]]:
    """Rows with as many used as unused tokens, rising; some of the commoner class are left out."""
    fewest = min(int(used.sum()), int((~used).sum()))
    drawn = [rng.permutation(np.flatnonzero(used == side))[:fewest] for side in (True, False)]
    return np.sort(np.concatenate(drawn))
