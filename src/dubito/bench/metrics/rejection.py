"""What refusing the most doubtful answers buys: PRR [malinin2021], AURC [geifman2019], coverage."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats
from dubito.maths.labelled import checked
from dubito.maths.rejection import expected_wrong, rejection_ratio


class Curve(NamedTuple):
    """Risk among the k least doubtful of N answers, for k = 1..N."""

    coverage: Floats  # [N] k / N
    risk: Floats  # [N] share of wrong answers among the k, in [0, 1]


def risk_coverage_curve(doubt: ArrayLike, wrong: ArrayLike) -> Curve:
    """Coverage [N] and risk [N] of answering the k least doubtful, lower risk is better.

    Equal doubts have no order: the risk is its expectation over all of their orders.
    """
    d, w = checked(doubt, wrong)
    k = np.arange(1, len(d) + 1)
    return Curve(k / max(len(d), 1), np.cumsum(expected_wrong(d, w)) / k)


def aurc(doubt: ArrayLike, wrong: ArrayLike) -> float:
    """Mean risk over all N coverages, in [0, 1], lower is better; NaN for no answers.

    All right has 0 and all wrong 1, whatever the doubt.
    """
    risk = risk_coverage_curve(doubt, wrong).risk
    return float(risk.mean()) if len(risk) else math.nan


def prr(doubt: ArrayLike, wrong: ArrayLike, *, max_rejection: float = 1.0) -> float:
    """Prediction rejection ratio: 1 = an oracle's order, 0 = a random one; higher is better.

    Of the mean accuracy over keeping N, N - 1, ... answers, floor(max_rejection N) values, the
    gain over random order as a share of the oracle's gain; below 0 for a misleading doubt. This
    is the sum of lm-polygraph [vashurin2025b]. NaN where an oracle gains nothing: one class only,
    or a single value.

    Differs: [malinin2021] integrates to full rejection by the trapezium rule; the random order's
    accuracy is here its exact expectation, and ties are averaged, not taken as they come.
    """
    if not 0 < max_rejection <= 1:
        raise ValueError(f"max_rejection must lie in (0, 1], got {max_rejection}")
    return rejection_ratio(*checked(doubt, wrong), max_rejection=max_rejection)


def coverage_at_risk(doubt: ArrayLike, wrong: ArrayLike, *, risk: float = 0.1) -> float:
    """Largest share of answers below one threshold with at most this risk: [0, 1], more is better.

    Answers with equal doubt are answered or refused together. 0 where no threshold will do; NaN
    for no answers. It looks at these very labels: `dubito.decide.RiskControl` makes a promise.
    """
    if not 0 <= risk <= 1:
        raise ValueError(f"risk must lie in [0, 1], got {risk}")
    d, w = checked(doubt, wrong)
    if not len(d):
        return math.nan
    _, group, size = np.unique(d, return_inverse=True, return_counts=True)
    answered = np.cumsum(size)  # [G]
    good = np.cumsum(np.bincount(group, weights=w)) <= risk * answered + 1e-9
    return float(answered[good].max(initial=0) / len(d))
