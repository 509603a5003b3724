"""Platt's sigmoid of a doubt [platt1999]."""

from functools import partial

from dubito.calibrate.calibrator import Calibrator
from dubito.calibrate.curves import Sigmoid
from dubito.calibrate.inputs import Training
from dubito.maths.logistic import fit_logistic


def fit_sigmoid(rows: Training) -> Sigmoid:
    """The sigmoid of greatest likelihood under the smoothed targets, kept if it points wrong."""
    # A constant doubt is standardised to 0, so that it gets no slope.
    scale = float(rows.doubt.std()) if rows.high > rows.low else 1.0
    centre = float(rows.doubt.mean()) if rows.high > rows.low else rows.low
    (weight,), bias = fit_logistic(((rows.doubt - centre) / scale)[:, None], rows.target)
    slope = float(weight) / scale
    return Sigmoid(slope, bias - slope * centre, rows.low, rows.high)


Platt = partial(Calibrator, fit_sigmoid)
