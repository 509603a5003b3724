"""What acting on doubt buys: help for the most doubtful, and a promise, on answers with labels.

Every question is answered alone and with help (passages, a larger model); from these two tables
all policies follow without asking again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dubito.bench.evaluate import COMBINED
from dubito.decide.selective import RiskControl
from dubito.evidence import Floats
from dubito.guard.router import Gate, Router, out_of_fold
from dubito.maths.arrays import Flags
from dubito.maths.deferral import deferral_curve, deferral_gain, threshold_within
from dubito.maths.resample import Interval, bootstrap_interval

RESAMPLES = 1000
TOLERANCE = 0.02  # accuracy that one may give up against helping always
RATES = tuple(np.arange(0, 21) / 20)


@dataclass(frozen=True, eq=False)
class Helped:
    """N questions answered alone and with help."""

    names: Sequence[str]  # of M estimators
    doubts: tuple[Floats, Floats]  # [N, M] alone, with help
    right: Flags  # [N, 2]
    tokens: Floats  # [N, 2] that the model wrote


@dataclass(frozen=True, slots=True)
class Deferral:
    """How well one doubt says who needs help."""

    id: str
    gain: Interval  # accuracy above helping at random, mean over all rates
    at_half: float  # accuracy when the most doubtful half is helped
    least: float  # share helped that loses at most 2 points against helping always


@dataclass(frozen=True, slots=True)
class Point:
    """One rate of help, with the combined doubt and at random."""

    rate: float
    accuracy: float
    at_random: float
    tokens: float  # mean over all questions


@dataclass(frozen=True, slots=True)
class Splits:
    """What a router does on the half that it was not fitted on, over repeated halves; shares."""

    splits: int
    budget: float
    budget_kept: float  # share of splits whose rate of help stays within the budget
    helped: float  # mean share of questions helped
    risk: float
    risk_kept: float  # share of splits whose answers are wrong at most this often
    silent: float  # share of splits in which nothing is answered
    answered: float  # mean share of questions that get an answer
    accuracy: float  # mean share right of those
    unguarded: float  # mean share right of the model alone
    gain: Interval  # of accuracy over unguarded: mean, and 2.5 and 97.5 percent of the splits


@dataclass(frozen=True, slots=True)
class PolicyResults:
    """All that a table shows."""

    questions: int
    never: float  # accuracy without help
    always: float
    deferrals: Sequence[Deferral]  # the greatest gain first
    curve: Sequence[Point]
    splits: Splits

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def judge_policies(
    helped: Helped, *, budget: float = 0.5, risk: float = 0.2, splits: int = 200, seed: int = 0
) -> PolicyResults:
    """Curves of every doubt, and the router over repeated halves."""
    alone, other = helped.right.T.astype(float)
    doubts = dict(zip(helped.names, helped.doubts[0].T, strict=True))
    doubts[COMBINED] = 1 - out_of_fold(helped.doubts[0], helped.right[:, 0], seed=seed)
    found = [one(name, d, alone, other, seed) for name, d in doubts.items()]
    found.sort(key=lambda d: -np.nan_to_num(d.gain.estimate, nan=-1))
    return PolicyResults(
        questions=len(alone),
        never=float(alone.mean()),
        always=float(other.mean()),
        deferrals=found,
        curve=points(doubts[COMBINED], helped),
        splits=repeated(helped, budget=budget, risk=risk, splits=splits, seed=seed),
    )


def one(name: str, doubt: Floats, alone: Floats, other: Floats, seed: int) -> Deferral:
    """One doubt; unknown values are helped first, since nothing speaks for them."""
    known = np.where(np.isnan(doubt), np.inf, doubt)
    curve = deferral_curve(known, alone, other)
    gain = bootstrap_interval(
        deferral_gain, known, alone, other, resamples=RESAMPLES, rng=np.random.default_rng(seed)
    )
    threshold = threshold_within(known, alone, other, tolerance=TOLERANCE)
    at_half = float(np.interp(0.5, curve.rate, curve.quality))
    return Deferral(name, gain, at_half, float((known > threshold).mean()))


def points(doubt: Floats, helped: Helped) -> list[Point]:
    """The curve of the combined doubt, in steps of a twentieth."""
    alone, other = helped.right.T.astype(float)
    quality = deferral_curve(doubt, alone, other)
    # Who is helped was asked alone first: both answers are paid for.
    cost = deferral_curve(doubt, helped.tokens[:, 0], helped.tokens.sum(axis=1))
    return [
        Point(
            rate=float(rate),
            accuracy=float(np.interp(rate, quality.rate, quality.quality)),
            at_random=float((1 - rate) * alone.mean() + rate * other.mean()),
            tokens=float(np.interp(rate, cost.rate, cost.quality)),
        )
        for rate in RATES
    ]


def repeated(helped: Helped, *, budget: float, risk: float, splits: int, seed: int) -> Splits:
    """Fit on a random half, count on the other."""
    counted = [
        halved(helped, budget=budget, risk=risk, rng=np.random.default_rng([seed, i]), seed=i)
        for i in range(splits)
    ]
    column = {key: np.array([c[key] for c in counted]) for key in counted[0]}
    gains = column["accuracy"] - column["unguarded"]
    known = gains[~np.isnan(gains)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Splits(
        splits=splits,
        budget=budget,
        budget_kept=float((column["helped"] <= budget).mean()),
        helped=float(column["helped"].mean()),
        risk=risk,
        risk_kept=float((np.nan_to_num(1 - column["accuracy"]) <= risk).mean()),
        silent=float((column["answered"] == 0).mean()),
        answered=float(column["answered"].mean()),
        accuracy=float(np.nanmean(column["accuracy"])) if len(known) else float("nan"),
        unguarded=float(column["unguarded"].mean()),
        gain=Interval(float(known.mean()) if len(known) else float("nan"), float(low), float(high)),
    )


def halved(
    helped: Helped, *, budget: float, risk: float, rng: np.random.Generator, seed: int
) -> Mapping[str, float]:
    """One random half fitted, the other counted."""
    order = rng.permutation(len(helped.right))
    fit, rest = order[::2], order[1::2]
    router = Router([Gate(budget=budget)], RiskControl(risk=risk), seed=seed)
    router.fit([d[fit] for d in helped.doubts], helped.right[fit])
    routes = router.route([d[rest] for d in helped.doubts])
    right = helped.right[rest][np.arange(len(rest)), routes.chosen]
    given = right[routes.answered]
    return {
        "helped": float((routes.asked > 1).mean()),
        "answered": float(routes.answered.mean()),
        "accuracy": float(given.mean()) if len(given) else float("nan"),
        "unguarded": float(helped.right[rest, 0].mean()),
    }
