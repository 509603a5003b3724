"""Where a series changes [bigelow2024]: exact Bayesian posterior over at most two change points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats
from dubito.maths.entropy import logsumexp


@dataclass(frozen=True, slots=True, eq=False)
class ChangePoints:
    """What a series of T values says about its changes; a change at t: t begins a segment."""

    number: Floats  # [M + 1] posterior of no, one, ... change points
    place: Floats  # [T] posterior probability that a change is at t
    log_bayes_factor: float  # of any change against none, nats


@dataclass(frozen=True)
class PiecewiseModel:
    """A series in segments, each a constant (or a line) with Gaussian noise.

    All segments share one noise variance s with prior IG(1, noise^2); level and slope of a
    segment have prior N(0, s (spread / noise)^2), the slope that of time scaled to [-1, 1].
    Numbers of change points and, given the number, places are equally likely beforehand.
    Differs: the exact posterior of at most two changes, where the paper samples from BEAST.
    """

    most: int = 2  # change points: 1 or 2
    shortest: int = 3  # segment
    noise: float = 0.05  # typical deviation from a segment's mean
    spread: float = 0.5  # typical level
    slope: bool = False  # lines instead of constants

    def __post_init__(self) -> None:
        """Refuse what the sums below do not cover."""
        if self.most not in (1, 2) or self.shortest < 1 + self.slope:
            raise ValueError(
                f"most must be 1 or 2 and a segment longer than its parameters are many, "
                f"got most={self.most}, shortest={self.shortest}"
            )
        if not (self.noise > 0 and self.spread > 0):
            raise ValueError(f"noise and spread must be above 0: {self.noise}, {self.spread}")

    def __call__(self, values: ArrayLike) -> ChangePoints:
        """The posterior given [T] values.

        Raises:
            ValueError: fewer values than two shortest segments, or some that are not finite.
        """
        y = np.asarray(values, dtype=np.float64)
        if y.ndim != 1 or len(y) < 2 * self.shortest or not np.isfinite(y).all():
            raise ValueError(f"at least {2 * self.shortest} finite values needed, got {y}")
        fit = self.segments(y)
        size = len(y)
        logs = [self.likelihood(size, fit[:, 0, size])]
        places = [np.zeros((1, 0), dtype=np.int64)]
        for cuts in cut_points(size, self.shortest, self.most):
            ends = np.column_stack([np.zeros(len(cuts), int), cuts, np.full(len(cuts), size)])
            logs.append(self.likelihood(size, fit[:, ends[:, :-1], ends[:, 1:]].sum(axis=-1)))
            places.append(cuts)
        each = np.array([float(logsumexp(np.ravel(v))) - np.log(np.size(v)) for v in logs])
        number = np.exp(each - logsumexp(each))
        place = np.zeros(size)
        for share, v, cuts in zip(number[1:], logs[1:], places[1:], strict=True):
            weight = np.exp(v - logsumexp(v)) * share  # [places]
            np.add.at(place, cuts, weight[:, None])
        factor = float(logsumexp(each[1:])) - np.log(len(each) - 1) - each[0]
        return ChangePoints(number, place, float(factor))

    def likelihood(self, size: int, fit: Floats) -> Floats:
        """Log marginal likelihood of a segmentation but for terms that all of them share.

        `fit` [2, ...] sums its segments' misfits and log-determinants.
        """
        misfit, logdet = fit
        return -(1 + size / 2) * np.log(self.noise**2 + misfit / 2) - logdet / 2

    def segments(self, y: Floats) -> Floats:
        """Misfit y' (I + g X X')^-1 y and log det (I + g X X') of each [i, j): [2, T + 1, T + 1].

        X holds a column of ones and perhaps a centred line, which are orthogonal, so that both
        terms are sums over columns.
        """
        start, stop = np.indices((len(y) + 1, len(y) + 1))
        n = np.maximum(stop - start, 1).astype(float)
        t = np.arange(len(y), dtype=float)
        total, squares, moment = (
            running[stop] - running[start] for running in map(running_sums, (y, y * y, t * y))
        )
        g = (self.spread / self.noise) ** 2
        misfit = squares - g * total**2 / (1 + g * n)
        logdet = np.log1p(g * n)
        if self.slope:
            half = np.maximum((n - 1) / 2, 0.5)
            along = (moment - (start + (n - 1) / 2) * total) / half  # x'y, x in [-1, 1]
            norm = (n**3 - n) / 12 / half**2  # x'x
            misfit = misfit - g * along**2 / (1 + g * norm)
            logdet = logdet + np.log1p(g * norm)
        return np.stack([np.maximum(misfit, 0.0), logdet])


def running_sums(values: Floats) -> Floats:
    """Sums of the first values, from none to all: [T] -> [T + 1]."""
    return np.concatenate([[0.0], np.cumsum(values)])


def cut_points(size: int, shortest: int, most: int) -> list[np.ndarray]:
    """All places of one and of two cuts that leave no segment too short: [P, 1] and [P, 2]."""
    one = np.arange(shortest, size - shortest + 1)
    found = [one[:, None]]
    if most == 2 and size >= 3 * shortest:
        first, second = np.meshgrid(one, one, indexing="ij")
        apart = second - first >= shortest
        found.append(np.column_stack([first[apart], second[apart]]))
    return found
