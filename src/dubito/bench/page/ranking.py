"""The table of estimators: who ranks wrong answers above right ones, and whose numbers to trust."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dubito.bench.evaluate import COMBINED, Results, Row
from dubito.bench.metrics import METRICS
from dubito.bench.page.readings import judged, level_with_best, twins
from dubito.bench.page.words import counted, listed, number, percent
from dubito.estimate import METHODS
from dubito.maths.resample import Interval

COLUMNS = ("auroc", "prr50", "aurc", "ece", "brier")
SUMMARIES = {m.id: m.summary for m in METHODS} | {
    COMBINED: "all measures weighed together by logistic regression on the calibration half"
}
MEANINGS = {
    "auroc": "chance that a wrong answer has more doubt than a right one: 0.5 is a coin, 1 perfect",
    "prr50": "refusing up to half of the answers by doubt: the gain in accuracy as a share of what "
    "an oracle would gain; 0 is refusing at random",
    "aurc": "mean share of wrong answers over all shares answered, the least doubtful first",
    "ece": "mean gap between stated confidence and how often it was right, in ten bins; among few "
    "answers chance alone makes it large",
    "brier": "mean squared distance of confidence from the outcome; always saying 50 % has 0.25",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A column."""

    label: str
    higher_is_better: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one estimator."""

    value: str
    interval: str
    best: bool
    why_missing: str


@dataclass(frozen=True, slots=True)
class Line:
    """One estimator."""

    name: str
    summary: str
    twin: str  # estimator further up that has the very same order
    level: bool  # cannot be told from the best
    bar: Interval | None  # of AUROC
    cells: list[Cell]


def heads() -> list[Head]:
    """The columns, in order."""
    return [Head(METRICS[k].label, METRICS[k].higher_is_better, MEANINGS[k]) for k in COLUMNS]


def lines(results: Results, level: list[str]) -> list[Line]:
    """All estimators, best AUROC first."""
    best, alike = best_values(results), twins(results)
    return [
        Line(
            row.id,
            SUMMARIES.get(row.id, ""),
            alike.get(row.id, ""),
            row.id in level,
            None if math.isnan(row.metrics["auroc"].estimate) else row.metrics["auroc"],
            [cell(results, row, key, best) for key in COLUMNS],
        )
        for row in results.rows
    ]


def best_values(results: Results) -> dict[str, str]:
    """The best value of each column as it is shown, so that what looks equal is marked alike.

    A column in which all look equal has none.
    """
    best = {}
    for key in COLUMNS:
        known = [v for r in results.rows if not math.isnan(v := r.metrics[key].estimate)]
        if len(set(map(number, known))) > 1:
            best[key] = number(max(known) if METRICS[key].higher_is_better else min(known))
    return best


def cell(results: Results, row: Row, key: str, best: Mapping[str, str]) -> Cell:
    """One value, or why there is none."""
    found = row.metrics[key]
    shown = number(found.estimate)
    missing = why_missing(results, row) if math.isnan(found.estimate) else ""
    interval = "" if missing else f"{number(found.low)} to {number(found.high)}"
    return Cell(shown, interval, not missing and shown == best.get(key), missing)


def why_missing(results: Results, row: Row) -> str:
    """What the answers lack to judge this row."""
    wrong = judged(results, row.id).wrong
    if not len(wrong):
        return "no answer has a score"
    if wrong.all():
        return "all scored answers are wrong"
    if not wrong.any():
        return "all scored answers are right"
    return "too few answers have a score"


def missing_notes(table: list[Line]) -> list[str]:
    """Each reason for an n/a in the table, with the columns and how many rows it concerns."""
    concerned: dict[str, tuple[set[str], set[str]]] = {}
    for line in table:
        for key, one in zip(COLUMNS, line.cells, strict=True):
            if one.why_missing:
                keys, names = concerned.setdefault(one.why_missing, (set(), set()))
                keys.add(key)
                names.add(line.name)
    return [
        f"{listed([METRICS[k].label for k in COLUMNS if k in keys])} of "
        f"{counted(len(names), 'measure')}: {reason}"
        for reason, (keys, names) in concerned.items()
    ]


def left_out(results: Results) -> list[str]:
    """Estimators that could not score every answer: how many, and the first reason."""
    n = len(results.right)
    return [
        f"{row.id}: {row.left_out} of {counted(n, 'answer')} without a score"
        + (f" ({row.reason})" if row.reason else "")
        for row in results.rows
        if row.left_out
    ]


def who_leads(results: Results, level: list[str]) -> str:
    """One sentence: how far the order of the table may be trusted."""
    best = results.rows[0]
    if math.isnan(best.metrics["auroc"].estimate):
        return "No order: " + why_missing(results, best) + "."
    n = counted(len(results.right), "answer")
    if len(results.rows) == 1:
        return f"{best.id} is the only measure of this run: there is none to compare it with."
    if not level:
        return f"{best.id} leads all others by more than the choice of these {n} explains."
    share = best.metrics["auroc"].estimate
    return (
        f"{best.id} stands first ({percent(share)}), but on {n} it cannot be told apart from "
        f"{len(level)} of the other {len(results.rows) - 1}, marked ≈: {listed(level)}. "
        "More questions would be needed to choose among them."
    )


def level(results: Results) -> list[str]:
    """The rows that the table marks as level with the first."""
    return level_with_best(results)
