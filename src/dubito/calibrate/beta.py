"""Beta calibration [kull2017] of a doubt: Platt's sigmoid with two tails of their own.

logit p = a log s - b log(1 - s) + c with a, b >= 0; a = b = 1, c = 0 is Platt.

Differs: the paper starts from a classifier's probability s; a doubt has any range, so s is here
its Platt confidence. Fitted to Platt's targets.
"""

from functools import partial

import numpy as np
from scipy.special import log_expit

from dubito.calibrate.calibrator import Calibrator
from dubito.calibrate.curves import BetaCurve
from dubito.calibrate.inputs import Training
from dubito.calibrate.platt import fit_sigmoid
from dubito.maths.logistic import fit_logistic


def fit_beta(rows: Training) -> BetaCurve:
    """The curve of greatest likelihood with a, b >= 0: one that comes out negative is set to 0."""
    first = fit_sigmoid(rows)
    z = first.logit(rows.doubt)
    features = np.column_stack([log_expit(z), -log_expit(-z)])  # [N, 2] log s, -log(1 - s)
    used = [0, 1]
    weights, c = fit_logistic(features, rows.target)
    while len(used) and weights.min() < 0:
        used.pop(int(weights.argmin()))
        weights, c = fit_logistic(features[:, used], rows.target)
    ab = np.zeros(2)
    ab[used] = weights
    return BetaCurve(
        first.slope, first.intercept, rows.low, rows.high, a=float(ab[0]), b=float(ab[1]), c=c
    )


Beta = partial(Calibrator, fit_beta)
