"""Estimators judged: calibrated on one half of the questions, measured on the other."""

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
COMBINED = "combined"  # the logistic combination of all estimators


@dataclass(frozen=True)
class Row:
    """One estimator on the test half."""

    id: str
    metrics: Mapping[str, Interval]  # by METRICS' names
    left_out: int  # answers without a score
    reason: str  # of the first that was left out


@dataclass(frozen=True)
class Selective:
    """What a threshold chosen on the calibration half does on the test half."""

    estimator: str
    risk: float
    confidence: float
    answered: float  # share of the test half
    wrong: float  # share of those answered; NaN where none is


@dataclass(frozen=True, eq=False)
class Results:
    """All that a table or a report shows."""

    questions: Sequence[Question]
    evidence: Sequence[Evidence]
    right: NDArray[np.bool_]  # [N]
    test: NDArray[np.bool_]  # [N]; the others calibrate
    scores: Mapping[str, Sequence[Score]]  # by estimator, N each
    confidence: Mapping[str, Floats]  # by estimator, [N], NaN where there is no score
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
    test = halves(questions, seed)
    start = process_time()
    scores = by_estimator([score(e, estimators, errors=False) for e in evidence], estimators)
    seconds = process_time() - start
    doubt = {name: np.array([s.doubt for s in of]) for name, of in scores.items()}  # [N] each
    confidence = {name: calibrated(d, right, test) for name, d in doubt.items()}
    if len(doubt) > 1:
        confidence[COMBINED] = combined(np.column_stack(list(doubt.values())), right, test)
        doubt[COMBINED] = 1 - confidence[COMBINED]
    rows = [
        judge(name, doubt[name], confidence[name], right, test, seed=seed, scores=scores)
        for name in doubt
    ]
    rows.sort(key=lambda row: -np.nan_to_num(row.metrics["auroc"].estimate, nan=-1))
    return Results(
        questions=questions,
        evidence=evidence,
        right=right,
        test=test,
        scores=scores,
        confidence=confidence,
        rows=rows,
        selective=selective(scores, right, test, risk=risk),
        scoring_seconds=seconds,
    )


def halves(questions: Sequence[Question], seed: int) -> NDArray[np.bool_]:
    """[N] True for the test half: every second question of each kind, in seeded order."""
    kinds: dict[str, list[int]] = {}
    for i, question in enumerate(questions):
        kinds.setdefault(question.kind, []).append(i)
    test = np.zeros(len(questions), dtype=bool)
    turn = 0
    for kind, members in sorted(kinds.items()):
        order = np.random.default_rng([seed, zlib.crc32(kind.encode())]).permutation(members)
        for i in order:
            test[i] = turn % 2 == 1
            turn += 1
    return test


def by_estimator(
    scored_evidence: Sequence[Mapping[str, Score]], estimators: Mapping[str, Estimator]
) -> dict[str, list[Score]]:
    """Scores turned from one record for each evidence to one list for each estimator."""
    return {name: [scores[name] for scores in scored_evidence] for name in estimators}


def calibrated(doubt: Floats, right: NDArray[np.bool_], test: NDArray[np.bool_]) -> Floats:
    """[N] confidence by a sigmoid fitted on the calibration half; NaN without a doubt."""
    confidence = np.full(len(doubt), np.nan)
    known = ~np.isnan(doubt)
    if not (known & ~test).any():
        return confidence
    curve = Platt().fit(doubt[known & ~test], right[known & ~test])
    confidence[known] = curve.predict_proba(doubt[known])[:, 1]
    return confidence


def combined(doubts: Floats, right: NDArray[np.bool_], test: NDArray[np.bool_]) -> Floats:
    """[N] confidence from [N, M] doubts together.

    The combination learns on the calibration half; its penalty is strong, since estimators are
    many, alike, and labels few.
    """
    model = LogisticCombination(l2=doubts.shape[1]).fit(doubts[~test], right[~test])
    return model.predict_proba(doubts)[:, 1]


def judge(
    name: str,
    doubt: Floats,
    confidence: Floats,
    right: NDArray[np.bool_],
    test: NDArray[np.bool_],
    *,
    seed: int,
    scores: Mapping[str, Sequence[Score]],
) -> Row:
    """Every metric of one estimator on the test half."""
    left, wrong, left_out = scored(doubt[test], ~right[test])
    known = ~np.isnan(confidence[test])
    values = {"doubt": (left, wrong), "confidence": (confidence[test][known], right[test][known])}
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
    test: NDArray[np.bool_],
    *,
    risk: float,
) -> Selective:
    """Answer only below a threshold that keeps the risk with 95 % confidence.

    Half of the calibration half teaches the doubt (a combination of all), the other half sets
    the threshold: the promise holds only for labels that the doubt has not seen.
    """
    doubts = np.array([[s.doubt for s in of] for of in scores.values()]).T  # [N, M]
    calibration = np.flatnonzero(~test)
    teach, choose = calibration[::2], calibration[1::2]
    model = LogisticCombination(l2=doubts.shape[1]).fit(doubts[teach], right[teach])
    doubt = model.predict_proba(doubts)[:, 0]
    rule = RiskControl(risk=risk).fit(doubt[choose], ~right[choose])
    answered = rule.predict(doubt[test])
    wrong = float((~right[test])[answered].mean()) if answered.any() else float("nan")
    return Selective(COMBINED, risk, rule.confidence, float(answered.mean()), wrong)
