"""A guard on questions with known answers: is its promise kept, and what does it cost and gain?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dubito.answer import Answer, Spent
from dubito.data.question import Question
from dubito.evidence import Floats
from dubito.guard.guard import Guard
from dubito.maths.quantiles import binomial_upper
from dubito.maths.resample import Interval, bootstrap_interval

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Judged:
    """What a guard did with N questions; shares in [0, 1], NaN where nothing was answered."""

    questions: int
    seen: int  # left out since the guard was fitted on them
    unguarded: float  # share right if the first model always answers
    answered: float  # share that got an answer
    right: float  # share of these that are right
    wrong_upper: float  # upper 95 % bound on the share of wrong answers among these
    gain: Interval  # `right` less `unguarded`
    brier: float  # of the confidence in the answer, given or not
    promised: float | None  # share of wrong answers that the policy allows
    actions: Mapping[str, int]
    spent: Spent

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def judge(guard: Guard, questions: Sequence[Question], *, seed: int = 0) -> Judged:
    """Ask the guard what it was not fitted on.

    Raises:
        ValueError: no question is left.
    """
    known = set(guard.fitted_on_)
    fresh = [q for q in questions if q.id not in known]
    if not fresh:
        raise ValueError(
            f"the guard was fitted on all {len(questions)} questions; give it fresh ones"
        )
    trails = guard.trails([q.text for q in fresh])
    answers = [guard.verdict(t) for t in trails]
    first = right_of(guard, [t.first.text for t in trails], fresh)
    surest = right_of(guard, [t.best.text for t in trails], fresh)
    given = np.array([a.action != "abstain" for a in answers], dtype=np.float64)
    n = int(given.sum())
    return Judged(
        questions=len(fresh),
        seen=len(questions) - len(fresh),
        unguarded=float(first.mean()),
        answered=float(given.mean()),
        right=mean_where(surest, given),
        wrong_upper=float(binomial_upper(int(n - (surest * given).sum()), n, LEVEL)),
        gain=bootstrap_interval(
            gained, surest, given, first, resamples=RESAMPLES, rng=np.random.default_rng(seed)
        ),
        brier=float(np.mean((confidences(answers) - surest) ** 2)),
        promised=guard.abstain.risk if guard.abstain else None,
        actions=dict(Counter(a.action for a in answers)),
        spent=sum((a.cost for a in answers), Spent()),
    )


def right_of(guard: Guard, texts: Sequence[str], questions: Sequence[Question]) -> Floats:
    """[N] of 1 where the text answers its question rightly, else 0."""
    return np.array([guard.grade(t, q) for t, q in zip(texts, questions, strict=True)], dtype=float)


def confidences(answers: Sequence[Answer]) -> Floats:
    """[N] of each answer."""
    return np.array([np.nan if a.confidence is None else a.confidence for a in answers])


def mean_where(values: Floats, chosen: Floats) -> float:
    """The mean over the rows that are chosen; NaN without any."""
    return float((values * chosen).sum() / chosen.sum()) if chosen.any() else float("nan")


def gained(surest: Floats, given: Floats, first: Floats) -> float:
    """Share right among the answers given, less that of a model that always answers."""
    return mean_where(surest, given) - float(first.mean())
