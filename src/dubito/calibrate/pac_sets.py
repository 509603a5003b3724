"""Sets of answers that err for at most a share epsilon of the questions [park2023].

The threshold may depend on the question; PAC: probably (1 - delta) approximately (epsilon) correct.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.calibrate.answer_sets import AnswerSets, Scores, columns_of, right_scores, table
from dubito.calibrate.boosted import BoostedTrees, boosted_quantile
from dubito.evidence import Floats, Integers
from dubito.maths.quantiles import allowed_errors


class Level(Protocol):
    """A first guess of the least score that the right answer has: features [N, d] -> [N]."""

    def __call__(self, features: Floats, /) -> Floats:
        """The level of each question."""
        ...


Learn = Callable[[Floats, Floats, float], Level]  # features [n, d], right scores [n], epsilon


class PacSets:
    """The answers whose log-score reaches T(features) + c; they miss with P <= epsilon.

    This holds for all but a share delta of the samples that one may fit on, whatever T, for
    questions drawn independently from one law. T is learnt on a random part `learning` of the
    rows and c is set on the rest; without `learn` T = 0 and all rows set c: one threshold for all.

    Scores are logs, nats, of a length-normalised probability; whether any further text is in can
    be told from its own log-score (`least`). A right answer that is no candidate counts as missed.
    Where the rows are too few for c (22 for 0.1 and 0.1) the set is everything.
    Differs: `boosted_quantile`, boosted trees, in place of the paper's network.
    """

    def __init__(
        self,
        learn: Learn | None = None,
        *,
        epsilon: float = 0.1,
        delta: float = 0.05,
        learning: float = 0.5,
        random_state: int = 0,
    ) -> None:
        if not (0 < epsilon < 1 and 0 < delta < 1 and 0 < learning < 1):
            raise ValueError(
                "epsilon, delta and learning must lie inside (0, 1), "
                f"got {epsilon}, {delta} and {learning}"
            )
        self.learn = learn
        self.epsilon = epsilon
        self.delta = delta
        self.learning = learning
        self.random_state = random_state

    def fit(self, scores: Scores, right: ArrayLike, features: ArrayLike | None = None) -> Self:
        """Learn `level_` (T) and `offset_` (c), of scores [N, M], columns [N], features [N, d].

        Also `allowed_`, the errors that c may make on the `n_calibrated_` rows (-1: too few rows
        for any c), and `n_without_right_`, the rows whose right answer has no score.
        """
        given = table(scores)
        reached = right_scores(given, columns_of(right, given.shape))
        self.n_without_right_ = int(np.isinf(reached).sum())
        seen = self.features_of(features, len(given))
        self.n_features_ = seen.shape[1]
        learnt, kept = self.parts(len(given))
        self.level_ = None
        if self.learn is not None:
            finite = learnt[np.isfinite(reached[learnt])]
            if not len(finite):
                raise ValueError(f"no right answer has a score in {len(learnt)} rows to learn from")
            self.level_ = self.learn(seen[finite], reached[finite], self.epsilon)
        self.n_calibrated_ = len(kept)
        self.allowed_ = allowed_errors(len(kept), self.epsilon, self.delta)
        self.offset_ = lowest_kept(reached[kept] - self.guess(seen[kept]), self.allowed_)
        return self

    def parts(self, n: int) -> tuple[Integers, Integers]:
        """The rows that T is learnt on, and those that set c, which T has not seen."""
        if self.learn is None:
            return np.arange(0), np.arange(n)
        order = np.random.default_rng(self.random_state).permutation(n)
        cut = round(self.learning * n)
        return order[:cut], order[cut:]

    def features_of(self, features: ArrayLike | None, n: int) -> Floats:
        """Features [n, d], finite; [n, 0] where none are needed."""
        if self.learn is None:
            return np.empty((n, 0))
        seen = np.asarray(np.nan if features is None else features, dtype=np.float64)
        if seen.ndim != 2 or len(seen) != n or not np.isfinite(seen).all():
            raise ValueError(
                f"finite features [{n}, d] needed to learn a threshold, got shape {seen.shape}; "
                "give them, or leave `learn` away"
            )
        return seen

    def guess(self, features: Floats) -> Floats:
        """T of each row, [N]."""
        return np.zeros(len(features)) if self.level_ is None else self.level_(features)

    def least(self, features: Floats) -> Floats:
        """The least log-score that is in, [N, d] -> [N] nats; -inf: everything is in."""
        if features.shape[1] != self.n_features_:
            raise ValueError(f"{self.n_features_} features were fitted, got {features.shape[1]}")
        return self.guess(features) + self.offset_

    def predict(self, scores: Scores, features: ArrayLike | None = None) -> AnswerSets:
        """The candidates in each set, of scores [N, M] or N rows and features [N, d]."""
        given = table(scores)
        least = self.least(self.features_of(features, len(given)))
        return AnswerSets(given >= least[:, None], np.isneginf(least))

    def to_json(self) -> dict[str, Any]:
        """The promise and the fitted numbers; None for an offset of -inf.

        Raises:
            ValueError: T is no `BoostedTrees`.
        """
        if self.level_ is not None and not isinstance(self.level_, BoostedTrees):
            raise ValueError(f"only boosted trees can be saved, got {type(self.level_).__name__}")
        return {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "offset": None if np.isinf(self.offset_) else self.offset_,
            "features": self.n_features_,
            "level": None if self.level_ is None else self.level_.to_json(),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """Sets that decide as the saved ones did.

        Raises:
            ValueError: something is missing.
        """
        lacking = {"epsilon", "delta", "offset", "features", "level"} - set(saved)
        if lacking:
            raise ValueError(f"saved sets lack {sorted(lacking)}")
        level = None if saved["level"] is None else BoostedTrees.from_json(saved["level"])
        learn = None if level is None else boosted_quantile
        sets = cls(learn, epsilon=saved["epsilon"], delta=saved["delta"])
        sets.n_features_ = int(saved["features"])
        sets.level_ = level
        sets.offset_ = -np.inf if saved["offset"] is None else float(saved["offset"])
        return sets


def lowest_kept(residuals: Floats, allowed: int) -> float:
    """The greatest c with at most so many residuals [n] below it; -inf where `allowed` is -1."""
    if allowed < 0:
        return -np.inf
    return float(np.sort(residuals)[allowed])
