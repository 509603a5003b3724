"""Conformal factuality [mohri2024]: strike out claims until what is left is likely all right."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.calibrate.breaks import breaks
from dubito.data.units import InUnits, Unit
from dubito.maths.risk_control import safe_threshold


class ConformalFactuality:
    """Keeps claims with doubt < `threshold_`: in 1 - `alpha` of answers all those are right.

    At least: a new answer drawn as the n fitted ones were has no wrong claim left with a
    probability between 1 - alpha and, without ties, 1 - alpha + 1 / (n + 1). An answer of which
    nothing is left has none either. The probability is over the sample fitted on as well.

    Differs: doubts in place of the paper's scores of confidence; a claim at the threshold itself
    is struck out, so that the promise holds under ties.
    """

    def __init__(self, *, alpha: float = 0.1) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
        self.alpha = alpha

    def fit(self, doubts: Sequence[ArrayLike], right: Sequence[ArrayLike]) -> Self:
        """Learn `threshold_` from the doubts [U] and flags [U], 1 = right, of each of n answers.

        -inf: too few answers, nothing is kept. Also `breaks_` [n], the least doubt of a wrong claim
        in each answer, infinite where all are right, and `n_without_doubt_`, claims never kept.

        Raises:
            ValueError: not as many flags as doubts, or a flag other than 0 and 1.
        """
        each = [breaks(d, r, wrong=0) for d, r in zip(doubts, right, strict=True)]
        self.breaks_ = np.array([b.min(initial=np.inf) for b in each])  # [n]
        self.threshold_ = safe_threshold(self.breaks_, self.alpha)
        self.n_without_doubt_ = sum(int(np.isnan(np.asarray(d, float)).sum()) for d in doubts)
        return self

    def predict(self, doubts: ArrayLike) -> NDArray[np.bool_]:
        """[U]: keep this claim of the answer? False where its doubt is unknown."""
        return np.asarray(doubts, dtype=np.float64) < self.threshold_

    def filter(self, told: InUnits, doubts: ArrayLike) -> tuple[Unit, ...]:
        """The units that are kept, in their order; doubts [U] of any estimator of units."""
        kept = self.predict(doubts)
        return tuple(unit for unit, keep in zip(told.units, kept, strict=True) if keep)

    def to_json(self) -> dict[str, Any]:
        """What was promised and found; the threshold as text, since JSON has no infinity."""
        return {"alpha": self.alpha, "threshold": str(self.threshold_)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A rule that keeps what the saved one kept."""
        rule = cls(alpha=saved["alpha"])
        rule.threshold_ = float(saved["threshold"])
        return rule
