"""Intervals around a learned metric's score from the quantiles of its passes [glushkova2021]."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.score_intervals import STEPS, passes_of, scored, standard
from dubito.evidence import Floats

LEVELS = np.linspace(0, 1, 20)


class QuantileScoreIntervals(RegressorMixin, BaseEstimator):
    """Median and intervals without a law: X [n, N] scores of N passes, y [n] human scores.

    At level g the half-width is a + b times the distance of the passes' quantiles (1 - g) / 2 and
    (1 + g) / 2, on standardised scales; a and b are searched for the coverage closest to its
    level over 20 levels, the narrowest of equals.

    At level 1 the interval ends at the outermost passes: it is finite and may miss.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `scale_`, `a_`, `b_`, and `miscoverage_` on these segments themselves."""
        passes, human = scored(self, X, y)
        middle = np.median(passes, axis=1)
        self.scale_ = standard(middle, human)
        error = np.abs(self.human_standard(human) - self.score_standard(middle))
        width = distances(passes, LEVELS) / self.scale_.score_scale  # [n, L]
        size, own = float(np.sqrt((error**2).mean())), float(width.mean())
        factors = STEPS * 2 * size / own if own > 0 else STEPS[:1]
        best = (np.inf, np.inf, 0.0, 0.0)
        for a in STEPS * size:
            for b in factors:
                half = a + b * width
                off = np.abs((error[:, None] <= half).mean(axis=0) - LEVELS).mean()
                best = min(best, (float(off), float(half.mean()), float(a), float(b)))
        self.miscoverage_, _, self.a_, self.b_ = best
        return self

    def human_standard(self, human: Floats) -> Floats:
        """Human scores on their standard scale."""
        return (human - self.scale_.human_centre) / self.scale_.human_scale

    def score_standard(self, score: Floats) -> Floats:
        """Scores of the metric on their standard scale."""
        return (score - self.scale_.score_centre) / self.scale_.score_scale

    def predict(self, X: ArrayLike) -> Floats:
        """Median score [n], on the human scale."""
        return self.interval(X, level=0.5).mean(axis=1)

    def interval(self, X: ArrayLike, *, level: float = 0.9) -> Floats:
        """Ends [n, 2] around the median, on the human scale.

        Raises:
            ValueError: a level outside [0, 1].
        """
        check_is_fitted(self, "a_")
        passes = passes_of(self, X)
        if not 0 <= level <= 1:
            raise ValueError(f"level must lie in [0, 1], got {level}")
        middle = self.score_standard(np.median(passes, axis=1))
        width = distances(passes, np.array([level]))[:, 0] / self.scale_.score_scale
        half = self.a_ + self.b_ * width
        ends = np.column_stack([middle - half, middle + half])
        return self.scale_.human_centre + self.scale_.human_scale * ends

    def __sklearn_tags__(self) -> Any:
        """Passes are no features: one that knows nothing is not learnt from."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def distances(passes: Floats, levels: Floats) -> Floats:
    """Between the quantiles that bound each central share of the passes: [n, N], [L] -> [n, L]."""
    low, high = (np.quantile(passes, q, axis=1) for q in ((1 - levels) / 2, (1 + levels) / 2))
    return (high - low).T
