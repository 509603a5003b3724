"""Answer below a threshold of doubt, with a promise on the errors among the answers.

Learn-then-test [angelopoulos2021] with the selective risk of [geifman2017].
"""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Floats
from dubito.maths.quantiles import binomial_upper


class RiskControl:
    """Answers where doubt < `threshold_`; of all the answers at most `risk` are wrong.

    The promise fails for at most 1 - `confidence` of the samples that one may fit on, whatever
    the law of doubt and errors, provided that the future is drawn as the sample was.

    Up to `levels` thresholds are tried, at ranks of the doubt fixed by the sample's size alone,
    each with a Clopper-Pearson bound at its share of 1 - confidence; the largest that passes is
    taken. Given the doubt at rank k + 1, the answers below it are an independent sample of those
    that this threshold lets through: so each bound holds, and their union pays for the choice.

    Differs: fixed-sequence testing would try each at full level, but its thresholds must not
    depend on the sample; [geifman2017] search by bisection, which chooses thresholds by labels.
    """

    def __init__(self, *, risk: float = 0.1, confidence: float = 0.95, levels: int = 5) -> None:
        if not 0 < risk < 1 or not 0 < confidence < 1 or levels < 1:
            raise ValueError(
                "risk and confidence must lie inside (0, 1) and levels be at least 1, "
                f"got {risk}, {confidence} and {levels}"
            )
        self.risk = risk
        self.confidence = confidence
        self.levels = levels

    def fit(self, doubt: ArrayLike, wrong: ArrayLike) -> Self:
        """Learn `threshold_` from doubt [N] and wrong [N], 1 = wrong; -inf: nothing qualifies.

        Also `bound_`, the upper bound that the risk got (NaN for none), `n_answered_`, `n_wrong_`
        below the threshold, and `n_left_out_`, the rows without a doubt: they are never answered.
        """
        values, errors, self.n_left_out_ = labelled(doubt, wrong)
        self.threshold_, self.bound_, self.n_answered_, self.n_wrong_ = -math.inf, math.nan, 0, 0
        ranks = self.ranks(len(values))
        for k in ranks:
            # Strictly below the next doubt: what lies below is then an independent sample.
            threshold = values[k] if k < len(values) else math.inf
            answered = values < threshold
            n, n_wrong = int(answered.sum()), int(errors[answered].sum())
            share = (1 - self.confidence) / len(ranks)
            bound = float(binomial_upper(n_wrong, n, 1 - share))
            if bound <= self.risk:
                self.threshold_, self.bound_ = float(threshold), bound
                self.n_answered_, self.n_wrong_ = n, n_wrong
        return self

    def ranks(self, n: int) -> list[int]:
        """The numbers of answers to try, rising, as many as `levels` where n allows so many."""
        for count in range(self.levels, 0, -1):
            fewest = needed(self.risk, (1 - self.confidence) / count)
            if fewest <= n:
                spread = np.linspace(n, fewest, count).round().astype(int)
                return sorted(set(spread.tolist()))
        return []

    def predict(self, doubt: ArrayLike) -> NDArray[np.bool_]:
        """[N]: answer? False where the doubt is unknown."""
        return np.asarray(doubt, dtype=np.float64) < self.threshold_

    def to_json(self) -> dict[str, Any]:
        """What is needed to decide and what was promised; an infinite threshold is None."""
        finite = math.isfinite(self.threshold_)
        return {
            "risk": self.risk,
            "confidence": self.confidence,
            "threshold": self.threshold_ if finite else None,
            "answers_all": self.threshold_ == math.inf,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A rule that decides as the saved one did."""
        control = cls(risk=saved["risk"], confidence=saved["confidence"])
        nothing = math.inf if saved["answers_all"] else -math.inf
        control.threshold_ = nothing if saved["threshold"] is None else float(saved["threshold"])
        return control


def needed(risk: float, level: float) -> int:
    """How many answers without an error it takes until their bound is at most the risk."""
    return math.ceil(math.log(level) / math.log1p(-risk))


def labelled(doubt: ArrayLike, wrong: ArrayLike) -> tuple[Floats, NDArray[np.bool_], int]:
    """Rows with a doubt, the least doubtful first, and how many were left out."""
    values, labels = np.asarray(doubt, dtype=np.float64), np.asarray(wrong)
    if values.ndim != 1 or labels.shape != values.shape:
        raise ValueError(f"one label for each doubt needed, got {labels.shape} for {values.shape}")
    if labels.size and not np.isin(labels, (0, 1)).all():
        raise ValueError(f"a label is 1 (wrong) or 0, got {labels[~np.isin(labels, (0, 1))][0]}")
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    return values[order], labels[order].astype(bool), len(values) - len(order)
