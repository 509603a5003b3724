"""Intervals around a learned metric's score from several passes of it [glushkova2021]."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from dubito.evidence import Floats
from dubito.maths.gaussian_intervals import gaussian_loss, half_width, miscoverage, reached_at

STEPS = np.linspace(0, 2, 41)  # of a and b, in multiples of what would be enough alone
NOISE = 0.3  # / sqrt(n): the mean miscoverage that sampling leaves to a perfect fit


class Forecast(NamedTuple):
    """What people would say of n segments: a Gaussian each, on their own scale."""

    mean: Floats  # [n]
    spread: Floats  # [n] >= 0


@dataclass(frozen=True)
class Rescaling:
    """From the mean and the spread of passes to the scale of people; plain numbers."""

    score_centre: float
    score_scale: float
    human_centre: float
    human_scale: float
    a: float = 0.0  # spread that is always there, in standard scores
    b: float = 1.0  # factor of the passes' own spread

    def __call__(self, passes: Floats) -> Forecast:
        """Scores [n, N] of N passes -> forecast of n segments."""
        mean = (passes.mean(axis=1) - self.score_centre) / self.score_scale
        own = passes.std(axis=1) / self.score_scale
        spread = np.hypot(self.a, self.b * own)
        return Forecast(self.human_centre + self.human_scale * mean, self.human_scale * spread)


class ScoreIntervals(RegressorMixin, BaseEstimator):
    """What people would score, with an interval: X [n, N] scores of N passes, y [n] theirs.

    Passes have dropout on, or come from several trained metrics; scores against several
    references are averaged within each pass first. Both scales are standardised with the
    development set's mean and deviation. There the spread of the passes, s, becomes
    sqrt(a^2 + (b s)^2); a and b are searched on a grid for the coverage closest to its level,
    over 100 levels. `constant` leaves b at 0: one spread for all, the baseline to beat.

    Differs: the grid is relative to the error and to the spread of the passes; of the pairs that
    sampling noise cannot tell from the best one the likeliest is taken, since coverage alone is
    as content with a constant.
    """

    def __init__(self, *, constant: bool = False) -> None:
        self.constant = constant

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `rescaling_`, and `miscoverage_` [mean, worst] on these segments themselves."""
        passes, human = scored(self, X, y)
        scale = standard(passes.mean(axis=1), human)
        mean, own = scale(passes)
        error, s = (human - mean) / scale.human_scale, own / scale.human_scale
        a, b = enough(error, s, constant=self.constant)
        self.rescaling_ = Rescaling(**asdict(scale) | {"a": a, "b": b})
        self.miscoverage_ = miscoverage(reached_at(error, np.hypot(a, b * s)))
        return self

    def forecast(self, X: ArrayLike) -> Forecast:
        """Mean and calibrated spread on the human scale, from [n, N]."""
        check_is_fitted(self, "rescaling_")
        return self.rescaling_(passes_of(self, X))

    def predict(self, X: ArrayLike) -> Floats:
        """Expected human score [n]."""
        return self.forecast(X).mean

    def interval(self, X: ArrayLike, *, level: float = 0.9) -> Floats:
        """Ends [n, 2] of the interval that holds the human score with this probability."""
        mean, spread = self.forecast(X)
        half = half_width(spread, level)
        return np.column_stack([mean - half, mean + half])

    def risk(self, X: ArrayLike, *, below: float) -> Floats:
        """P(human score < below) [n] in [0, 1]: higher = more likely a bad text."""
        mean, spread = self.forecast(X)
        return tail(mean, spread, below)

    def to_json(self) -> dict[str, float]:
        """The fitted numbers; `Rescaling(**saved)` applies them without scikit-learn."""
        check_is_fitted(self, "rescaling_")
        return asdict(self.rescaling_)

    @classmethod
    def from_json(cls, saved: Mapping[str, float]) -> Self:
        """Intervals as the saved ones, for any number of passes."""
        made = cls(constant=saved["b"] == 0)
        made.rescaling_ = Rescaling(**saved)
        return made

    def __sklearn_tags__(self) -> Any:
        """Passes are no features: one that knows nothing is not learnt from."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def scored(intervals: BaseEstimator, X: Any, y: Any) -> tuple[Floats, Floats]:
    """Passes [n, N] and human scores [n] to fit on; finite, at least two segments."""
    known: Any = validate_data(
        intervals, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2
    )
    return known


def passes_of(intervals: BaseEstimator, X: Any) -> Floats:
    """Passes [n, N] of new segments, as many as there were to fit on."""
    known: Any = validate_data(intervals, X, dtype=np.float64, reset=False)
    return known


def standard(score: Floats, human: Floats) -> Rescaling:
    """Centres and deviations of both scales; a deviation of 0 counts as 1."""
    return Rescaling(
        float(score.mean()),
        float(score.std()) or 1.0,
        float(human.mean()),
        float(human.std()) or 1.0,
    )


def enough(error: Floats, spread: Floats, *, constant: bool) -> tuple[float, float]:
    """a and b of the least miscoverage, and of these the likeliest: [n], [n] -> two numbers."""
    size, own = (float(np.sqrt(np.mean(x**2))) for x in (error, spread))
    factors = STEPS * size / own if own > 0 and not constant else STEPS[:1]
    pairs = [(float(a), float(b)) for a in STEPS * size for b in factors]
    spreads = [np.hypot(a, b * spread) for a, b in pairs]
    off = np.array([miscoverage(reached_at(error, s)).mean for s in spreads])
    close = np.flatnonzero(off <= off.min() + NOISE / np.sqrt(len(error)))
    loss = [gaussian_loss(error, spreads[i]) for i in close]
    return pairs[close[int(np.argmin(loss))]]


def tail(mean: Floats, spread: Floats, below: float) -> Floats:
    """P(score < below) under a Gaussian each; with spread 0 it is 0 or 1."""
    sure = np.where(mean < below, np.inf, -np.inf)
    return ndtr(np.divide(below - mean, spread, out=sure, where=spread > 0))
