"""Search for a maximum with predicted excess error in the place of a variance [lahlou2023]."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator

from dubito.calibrate.deup import Take, fold_rows
from dubito.calibrate.error_models import ErrorScale, LogErrors, fit_errors
from dubito.calibrate.stationary import Moment, Stationary
from dubito.evidence import Floats
from dubito.maths.improvement import expected_improvement

Draw = Callable[[np.random.Generator, int], Floats]  # so many candidates, [n, d]


@dataclass(frozen=True)
class Rows:
    """What the error model learns from: features as they were then, and squared errors."""

    features: Floats  # [R, F]
    errors: Floats  # [R]

    def more(self, features: Floats, errors: Floats) -> "Rows":
        """These rows and some below them."""
        return Rows(np.vstack([self.features, features]), np.append(self.errors, errors))


@dataclass(frozen=True)
class Found:
    """All that was tried, in order, and the rows that were written down on the way."""

    X: Floats  # [N, d]
    y: Floats  # [N]
    rows: Rows


@dataclass(frozen=True)
class DeupSearch:
    """Asks a noise-free oracle where expected improvement over its best value is greatest.

    Every point that is asked for is written down twice: with the error before the predictor has
    seen it, and with the one after; the features are those of that moment and are never
    computed anew. Differs: the best of `candidates` random points is taken as it is, without
    gradient steps from it.
    """

    estimator: BaseEstimator
    error_model: BaseEstimator | None = None  # None: a Gaussian process
    features: Stationary = field(default_factory=Stationary)
    error_scale: ErrorScale = field(default_factory=LogErrors)
    candidates: int = 500

    def __call__(
        self,
        oracle: Callable[[Floats], Floats],
        draw: Draw,
        X: Floats,
        *,
        rounds: int,
        seed: int = 0,
    ) -> Found:
        """Begin at X [N, d], ask `rounds` times more; the oracle gives [n] values of [n, d]."""
        if len(X) < 4:
            raise ValueError(f"at least 4 first points needed to split them in two, got {len(X)}")
        rng = np.random.default_rng(seed)
        take = partial(self.features, self.estimator, rng=rng)
        y = oracle(X)
        unit = float(np.var(y)) or 1.0
        rows = prefilled(take, X, y, rng)
        for turn in range(rounds):
            moment = take(X, y)
            if turn:
                rows = with_row(rows, moment, X[-1:], y[-1:], seen=True)
            x = self.chosen(moment, rows, draw(rng, self.candidates), float(y.max()), unit)
            value = oracle(x)
            rows = with_row(rows, moment, x, value, seen=False)
            X, y = np.vstack([X, x]), np.append(y, value)
        return Found(X, y, rows)

    def chosen(
        self, moment: Moment, rows: Rows, points: Floats, best: float, unit: float
    ) -> Floats:
        """The point [1, d] where most improvement is expected."""
        model = fit_errors(
            self.error_model, rows.features, self.error_scale.written(rows.errors / unit)
        )
        said = model.predict(moment.features(points, seen=False))
        variance = self.error_scale.read(said) * unit
        gain = expected_improvement(moment.model.predict(points), variance, best)
        return points[[int(gain.argmax())]]


def prefilled(take: Take, X: Floats, y: Floats, rng: np.random.Generator) -> Rows:
    """Rows before the first question: all points as seen by copies on a half each, two splits."""
    halves = [fold_rows(take, X, y, folds=2, rng=rng) for _ in range(2)]
    return Rows(np.vstack([f for f, _ in halves]), np.concatenate([e for _, e in halves]))


def with_row(rows: Rows, moment: Moment, x: Floats, y: Floats, *, seen: bool) -> Rows:
    """One row more, as things are at this moment."""
    return rows.more(moment.features(x, seen=seen), moment.error(x, y))
