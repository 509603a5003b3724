"""The one function that scores: estimators over evidence, each seeing only what it asked for."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dubito.evidence import Estimator, Evidence, Missing, Plan, Score
from dubito.maths.resample import jackknife


def joint_plan(estimators: Iterable[Estimator]) -> Plan:
    """The smallest plan that serves all of them."""
    plan = Plan()
    for estimator in estimators:
        plan = plan | estimator.plan
    return plan


def score(
    evidence: Evidence, estimators: Mapping[str, Estimator], *, errors: bool = True
) -> dict[str, Score]:
    """Each estimator's score by its name; what cannot be measured is NaN and has a reason.

    Without `errors` the standard errors are left away, which are most of the work.
    """
    return {
        name: score_one(evidence, estimator, errors=errors)
        for name, estimator in estimators.items()
    }


def score_one(evidence: Evidence, estimator: Estimator, *, errors: bool = True) -> Score:
    """One estimator's score, with a jackknife standard error from three samples up."""
    try:
        seen = evidence.only(estimator.plan)
        full = estimator(seen)
    except Missing as missing:
        return Score.missing(with_cause(missing, evidence))
    if not errors or full.standard_error is not None or estimator.plan.samples < 3:
        return full
    return replace(full, standard_error=sampling_error(seen, estimator))


def sampling_error(evidence: Evidence, estimator: Estimator) -> float:
    """Jackknife standard error of the doubt over the drawn samples.

    Samples with the same words and log-probability are exchangeable: one of them is left out
    and its value counts for each.
    """
    known: dict[object, float] = {}

    def without(k: int) -> float:
        s = evidence.samples[k]
        key = (s.text, None if s.logprobs is None else s.logprobs.tobytes())
        if key not in known:
            rest = [j for j in range(len(evidence.samples)) if j != k]
            known[key] = doubt_or_nan(evidence.take(rest), estimator)
        return known[key]

    return jackknife([without(k) for k in range(len(evidence.samples))])


def doubt_or_nan(evidence: Evidence, estimator: Estimator) -> float:
    """The doubt, NaN where too little is left to measure it."""
    try:
        return estimator(evidence).doubt
    except Missing:
        return math.nan


def with_cause(missing: Missing, evidence: Evidence) -> str:
    """Why there is no score: in the collector's words where it tried and could not."""
    about = (missing.what, f"{missing.what} of samples")
    return next((why for key, why in evidence.missing.items() if key in about), str(missing))
