"""Conformal abstention [abbasi2024b]: no answer where the doubt is past a fitted threshold."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.calibrate.breaks import breaks
from dubito.maths.risk_control import safe_threshold


class ConformalAbstention:
    """Answers where doubt < `threshold_`; of all questions at most `alpha` get a wrong answer.

    In expectation over samples and questions, by conformal risk control: the loss of a question
    is 1 where its answer is wrong and given. Two things differ from `decide.RiskControl`. That
    bounds the share of wrong ones among the answers *given*, so one who answers three questions
    may not err in one of them; here they count little among all questions. And its promise
    holds for nearly every sample that one may fit on; this one on average over samples, which
    takes fewer labels: 1 / alpha - 1 are enough to begin.

    Differs: any doubt; the paper's is (minus) the number of drawn answers that match.
    """

    def __init__(self, *, alpha: float = 0.1) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
        self.alpha = alpha

    def fit(self, doubt: ArrayLike, wrong: ArrayLike) -> Self:
        """Learn `threshold_` from doubt [N] and wrong [N], 1 = wrong; -inf: nothing is answered.

        Also `n_`, `n_answered_` below the threshold, and `n_without_doubt_` among the N: questions
        never answered, which count as not wrongly answered.
        """
        values = np.asarray(doubt, dtype=np.float64)
        self.threshold_ = safe_threshold(breaks(values, wrong, wrong=1), self.alpha)
        self.n_ = len(values)
        self.n_answered_ = int(self.predict(values).sum())
        self.n_without_doubt_ = int(np.isnan(values).sum())
        return self

    def predict(self, doubt: ArrayLike) -> NDArray[np.bool_]:
        """[N]: answer? False where the doubt is unknown."""
        return np.asarray(doubt, dtype=np.float64) < self.threshold_

    def to_json(self) -> dict[str, Any]:
        """What was promised and found; the threshold as text, since JSON has no infinity."""
        return {"alpha": self.alpha, "threshold": str(self.threshold_)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A rule that decides as the saved one did."""
        rule = cls(alpha=saved["alpha"])
        rule.threshold_ = float(saved["threshold"])
        return rule
