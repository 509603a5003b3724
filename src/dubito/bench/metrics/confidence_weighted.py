"""Right with confidence pays, wrong with confidence costs: weighted accuracy [chandu2024].

Differs: the paper's own formula was not at hand; these two keep the property it states, to go with
accuracy and against calibration error. Neither is a proper score: the best confidence is 1
wherever an answer is more likely right than wrong. Show `brier` beside them.
"""

import math

from numpy.typing import ArrayLike

from dubito.bench.metrics.inputs import checked_confidence


def confidence_weighted_accuracy(confidence: ArrayLike, right: ArrayLike) -> float:
    """Mean of confidence, counted as a loss where wrong, in [-1, 1], higher is better.

    A refusal of what cannot be answered is right, and its confidence counts with the plus sign.
    NaN for no answers.
    """
    p, y = checked_confidence(confidence, right)
    return float((p * (2.0 * y - 1.0)).mean()) if len(p) else math.nan


def confident_share_right(confidence: ArrayLike, right: ArrayLike) -> float:
    """Of all the confidence given, the share that was given to right answers, in [0, 1].

    Higher is better; NaN where no confidence was given.
    """
    p, y = checked_confidence(confidence, right)
    return float((p * y).sum() / p.sum()) if p.sum() > 0 else math.nan
