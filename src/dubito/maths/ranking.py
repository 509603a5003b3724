"""Does doubt put the wrong answers above the right ones? AUROC and AUPRC; wrong = positive."""

import math

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.labelled import checked
from dubito.maths.ranks import midranks


def auroc(doubt: ArrayLike, wrong: ArrayLike) -> float:
    """Chance that a wrong answer has more doubt than a right one, in [0, 1], higher is better.

    Equal doubts count one half, so a constant doubt has 0.5. NaN where all answers are right or
    all are wrong: there is no pair to compare.
    """
    d, w = checked(doubt, wrong)
    n_wrong = int(w.sum())
    n_right = len(w) - n_wrong
    if not n_wrong or not n_right:
        return math.nan
    above = midranks(d)[w].sum() - n_wrong * (n_wrong + 1) / 2  # Mann-Whitney's U
    return float(above / (n_wrong * n_right))


def auprc(doubt: ArrayLike, wrong: ArrayLike) -> float:
    """Average precision of finding the wrong answers, in (0, 1], higher is better.

    Answers with equal doubt are flagged together, so a constant doubt has the share of wrong
    answers. NaN where no answer is wrong: there is nothing to find.
    """
    d, w = checked(doubt, wrong)
    if not w.any():
        return math.nan
    _, group, size = np.unique(-d, return_inverse=True, return_counts=True)
    found = np.bincount(group, weights=w)  # [G] wrong answers, the most doubtful group first
    precision = np.cumsum(found) / np.cumsum(size)
    return float((found * precision).sum() / w.sum())
