"""Where predictions are as reliable as wanted, class by class [schmaltz2025]."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class Region:
    """Predictions with enough similarity, and with one class above its threshold: the predicted.

    `least` is infinite where the region is empty.
    """

    least: float  # of the rescaled similarity
    thresholds: Floats  # [K] of the probabilities

    def holds(
        self, rescaled: Floats, probability: Floats, predicted: Integers
    ) -> NDArray[np.bool_]:
        """Which of N predictions lie inside: [N], [N, K], [N] -> [N]."""
        above = probability >= self.thresholds  # [N, K]
        own = np.take_along_axis(above, predicted[:, None], axis=1)[:, 0]
        alone = own & (above.sum(axis=1) == 1)
        return in_distribution(rescaled) & (rescaled >= self.least) & alone


def in_distribution(rescaled: Floats) -> NDArray[np.bool_]:
    """Whether a rescaled similarity [N] reaches 1: below, the point is unlike the known ones."""
    return np.floor(rescaled) > 0


def reliable_region(
    rescaled: Floats, probability: Floats, labels: NDArray[np.integer[Any]], level: float
) -> Region:
    """The largest region where each class has its `level` of points at a probability >= level.

    From N judged points: rescaled similarity [N], probabilities [N, K], true classes [N]. The
    least similarity is raised step by step until the (1 - level)-quantile of p_c over the points
    of each true class c is at least `level`. Empty where that never happens.
    """
    kept = in_distribution(rescaled)
    q, p, y = rescaled[kept], probability[kept], labels[kept]
    for least in np.unique(q):
        rows = q >= least
        thresholds = np.array(
            [low_quantile(p[rows & (y == c), c], 1 - level) for c in range(probability.shape[1])]
        )
        if (thresholds >= level).all():
            return Region(float(least), thresholds)
    return Region(math.inf, np.full(probability.shape[1], np.inf))


def low_quantile(values: Floats, share: float) -> float:
    """The value below which floor(share n) of n values lie; -inf of none."""
    if not len(values):
        return -math.inf
    rank = math.floor(round(share * len(values), 9))  # 0.1 * 10 is a little off in floating point
    return float(np.partition(values, rank)[rank])
