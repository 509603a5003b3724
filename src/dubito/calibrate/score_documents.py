"""Segments that stand together: pooled scores, and intervals judged on documents unseen.

After [glushkova2021].
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import GroupKFold

from dubito.calibrate.score_intervals import Forecast, ScoreIntervals
from dubito.evidence import Floats, Integers


def pooled_passes(passes: ArrayLike, group: ArrayLike) -> Floats:
    """Scores of G groups of segments, averaged within each pass: [n, N], [n] -> [G, N].

    Groups come in rising order of their name. The spread of what comes out is that of the group:
    segments that err together keep theirs, independent ones average out.
    """
    scores = np.asarray(passes, dtype=np.float64)
    names, member = np.unique(np.asarray(group), return_inverse=True)
    if member.shape != scores.shape[:1]:
        raise ValueError(f"one group for each of {len(scores)} segments needed, got {member.shape}")
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, member, scores)
    return sums / np.bincount(member)[:, None]


def held_out(
    intervals: ScoreIntervals,
    passes: Floats,
    human: Floats,
    document: Integers,
    *,
    folds: int = 5,
) -> Forecast:
    """The forecast of each segment by intervals fitted to other documents: [n, N], [n], [n].

    Segments of one document resemble each other, so no document is split.
    """
    mean, spread = np.empty(len(human)), np.empty(len(human))
    for fit, judge in GroupKFold(folds).split(passes, human, document):
        fitted = ScoreIntervals(**intervals.get_params()).fit(passes[fit], human[fit])
        mean[judge], spread[judge] = fitted.forecast(passes[judge])
    return Forecast(mean, spread)
