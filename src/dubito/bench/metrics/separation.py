"""How far apart a score holds two classes: the Kolmogorov-Smirnov statistic [massey1951]."""

import math

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.labelled import checked


def kolmogorov_smirnov(score: ArrayLike, label: ArrayLike) -> float:
    """Greatest gap of the two classes' distribution functions, in [0, 1], 1 = held apart.

    It knows no direction: a score that puts the classes the wrong way round is as far apart, so
    read it beside an AUROC (never folded at 0.5). NaN where one class is empty.
    """
    s, y = checked(score, label)
    if y.all() or not y.any():
        return math.nan
    cuts = np.unique(s)
    one, other = (np.searchsorted(np.sort(s[y == side]), cuts, side="right") for side in (0, 1))
    return float(np.abs(one / (~y).sum() - other / y.sum()).max())
