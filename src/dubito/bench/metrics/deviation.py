"""Mean deviation of a stated confidence [lin2022]."""

import math

import numpy as np
from numpy.typing import ArrayLike

from dubito.bench.metrics.inputs import checked_confidence


def mean_deviation(confidence: ArrayLike, right: ArrayLike, *, bins: int = 20) -> float:
    """Mean over bins of |mean confidence - accuracy|, in [0, 1], lower is better; NaN for none.

    The bins hold equally many answers, the least confident first; equal confidences keep the
    order in which they come, so that a constant confidence has bins too (`ece` gives it one).
    """
    if bins < 1:
        raise ValueError(f"at least one bin needed, got {bins}")
    p, y = checked_confidence(confidence, right)
    if not len(p):
        return math.nan
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    return float(np.mean([abs(p[part].mean() - y[part].mean()) for part in parts]))
