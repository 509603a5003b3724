"""Isotonic regression of being right on a doubt [zadrozny2002].

Straight between the doubts of the fit, flat outside; a doubt that points the wrong way gets a
constant.

Differs: the regression is on Platt's targets, so it never claims 0 or 1 and its log-loss on new
data is finite.
"""

from functools import partial

import numpy as np
from scipy.optimize import isotonic_regression

from dubito.calibrate.calibrator import Calibrator
from dubito.calibrate.curves import Polyline
from dubito.calibrate.inputs import Training


def fit_polyline(rows: Training) -> Polyline:
    """The never rising knots closest to the targets; equal doubts are one knot."""
    doubt, group, size = np.unique(rows.doubt, return_inverse=True, return_counts=True)
    mean = np.bincount(group, weights=rows.target) / size
    level = isotonic_regression(mean, weights=size, increasing=False).x  # [K]
    # Inside a flat piece a knot says nothing.
    edge = np.ones(len(level), dtype=bool)
    edge[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return Polyline(tuple(doubt[edge].tolist()), tuple(level[edge].tolist()))


Isotonic = partial(Calibrator, fit_polyline)
