"""Estimators judged: each half of the questions is calibrated on the other."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray

from dubito.bench.metrics import METRICS, scored
from dubito.calibrate.combination import LogisticCombination
from dubito.calibrate.platt import Platt
from dubito.data.matching import is_right
from dubito.data.question import Question
from dubito.decide.selective import RiskControl
from dubito.estimate.scoring import score
from dubito.evidence import Estimator, Evidence, Floats, Score
from dubito.maths.resample import Interval, bootstrap_interval

RESAMPLES = 200  # of each metric of each estimator: seconds, not minutes
RULE = "semantic-density"  # of the selective rule: it doubts the given answer, not the prompt
COMBINED = "combined"  # the logistic combination of all estimators


@dataclass(frozen=True)
class Row:
    """One estimator over all questions."""

    id: str
    metrics: Mapping[str, Interval]  # by METRICS' names
    left_out: int  # answers without a score
    reason: str  # of the first that was left out


@dataclass(frozen=True)
class Selective:
    """What a threshold chosen on the first half does on the second."""

    estimator: str
    risk: float
    confidence: float
    asked: int  # questions of the second half
    answered: float  # share of these
    wrong: float  # share of those answered; NaN where none is


@dataclass(frozen=True, eq=False)
class Results:
    """All that a table or a report shows."""

    questions: Sequence[Question]
    evidence: Sequence[Evidence]
    right: NDArray[np.bool_]  # [N]
    second: NDArray[np.bool_]  # [N] the second half
    scores: Mapping[str, Sequence[Score]]  # by estimator, N each
    confidence: Mapping[str, Floats]  # by estimator, [N], taught by the other half; NaN: no score
    rows: Sequence[Row]  # best AUROC first
    selective: Selective
    scoring_seconds: float


def evaluate(
    questions: Sequence[Question],
    evidence: Sequence[Evidence],
    estimators: Mapping[str, Estimator],
    *,
    risk: float = 0.2,
    seed: int = 0,
) -> Results:
    """Scores, calibrated confidences and metrics with bootstrap intervals.

    Raises:
        ValueError: fewer than four questions, or evidence of other questions.
    """
    if len(questions) < 4 or [q.id for q in questions] != [e.id for e in evidence]:
        raise ValueError(
            f"evidence of at least 4 questions, in their order, is needed; got {len(questions)} "
            f"questions and {len(evidence)} records"
        )
    right = np.array([is_right(e.answer.text, q) for q, e in zip(questions, evidence, strict=True)])
    second = halves(questions, seed)
    start = process_time()
    scores = by_estimator([score(e, estimators, errors=False) for e in evidence], estimators)
    seconds = process_time() - start
    doubt = {name: np.array([s.doubt for s in of]) for name, of in scores.items()}  # [N] each
    confidence = {name: calibrated(d, right, second) for name, d in doubt.items()}
    if len(doubt) > 1:
        confidence[COMBINED] = combined(np.column_stack(list(doubt.values())), right, second)
        doubt[COMBINED] = 1 - confidence[COMBINED]
    rows = [
        judge(name, doubt[name], confidence[name], right, seed=seed, scores=scores)
        for name in doubt
    ]
    rows.sort(key=lambda row: -np.nan_to_num(row.metrics["auroc"].estimate, nan=-1))
    return Results(
        questions=questions,
        evidence=evidence,
        right=right,
        second=second,
        scores=scores,
        confidence=confidence,
        rows=rows,
        selective=selective(scores, right, second, risk=risk),
        scoring_seconds=seconds,
    )


def halves(questions: Sequence[Question], seed: int) -> NDArray[np.bool_]:
    """[N] True for the second half: every other question of each kind, in seeded order."""
    kinds: dict[str, list[int]] = {}
    for i, question in enumerate(questions):
        kinds.setdefault(question.kind, []).append(i)
    second = np.zeros(len(questions), dtype=bool)
    turn = 0
    for kind, members in sorted(kinds.items()):
        order = np.random.default_rng([seed, zlib.crc32(kind.encode())]).permutation(members)
        for i in order:
            second[i] = turn % 2 == 1
            turn += 1
    return second


def by_estimator(
    scored_evidence: Sequence[Mapping[str, Score]], estimators: Mapping[str, Estimator]
) -> dict[str, list[Score]]:
    """Scores turned from one record for each evidence to one list for each estimator."""
    return {name: [scores[name] for scores in scored_evidence] for name in estimators}


def calibrated(doubt: Floats, right: NDArray[np.bool_], second: NDArray[np.bool_]) -> Floats:
    """[N] confidence, each half by a sigmoid fitted on the other; NaN without a doubt."""
    confidence = np.full(len(doubt), np.nan)
    known = ~np.isnan(doubt)
    for half in (second, ~second):
        if (known & ~half).any() and (known & half).any():
            curve = Platt().fit(doubt[known & ~half], right[known & ~half])
            confidence[known & half] = curve.predict_proba(doubt[known & half])[:, 1]
    return confidence


def combined(doubts: Floats, right: NDArray[np.bool_], second: NDArray[np.bool_]) -> Floats:
    """[N] confidence from [N, M] doubts together, each half by what the other taught.

    The penalty is strong, since estimators are many, alike, and labels few.
    """
    confidence = np.empty(len(doubts))
    for half in (second, ~second):
        model = LogisticCombination(l2=doubts.shape[1]).fit(doubts[~half], right[~half])
        confidence[half] = model.predict_proba(doubts[half])[:, 1]
    return confidence


def judge(
    name: str,
    doubt: Floats,
    confidence: Floats,
    right: NDArray[np.bool_],
    *,
    seed: int,
    scores: Mapping[str, Sequence[Score]],
) -> Row:
    """Every metric of one estimator."""
    left, wrong, left_out = scored(doubt, ~right)
    known = ~np.isnan(confidence)
    values = {"doubt": (left, wrong), "confidence": (confidence[known], right[known])}
    metrics = {
        key: bootstrap_interval(
            metric.function,
            *values[metric.needs],
            resamples=RESAMPLES,
            rng=np.random.default_rng(seed),
        )
        for key, metric in METRICS.items()
    }
    reason = next((s.reason for s in scores.get(name, ()) if s.reason), "")
    return Row(name, metrics, left_out, reason)


def selective(
    scores: Mapping[str, Sequence[Score]],
    right: NDArray[np.bool_],
    second: NDArray[np.bool_],
    *,
    risk: float,
) -> Selective:
    """Answer only below a threshold that keeps the risk with 95 % confidence.

    The first half sets the threshold, the second shows what it does. The doubt is one that was
    named before any label was seen: to choose the best by labels would void the promise.
    """
    name = RULE if RULE in scores else next(iter(scores))
    doubt = np.array([s.doubt for s in scores[name]])
    rule = RiskControl(risk=risk).fit(doubt[~second], ~right[~second])
    answered = rule.predict(doubt[second])
    wrong = float((~right[second])[answered].mean()) if answered.any() else float("nan")
    return Selective(name, risk, rule.confidence, len(answered), float(answered.mean()), wrong)
