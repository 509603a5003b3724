"""The results as a table in the terminal, in a sentence, and as JSON."""

import math
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from dubito.bench.evaluate import Results
from dubito.bench.metrics import METRICS
from dubito.bench.policy import PolicyResults, Splits
from dubito.maths.resample import Interval

SHOWN = ("auroc", "prr50", "ece", "brier")


def results_table(results: Results) -> Table:
    """One row an estimator, best AUROC first; what was left out is counted."""
    right = results.right.mean()
    table = Table(
        title=f"{len(results.right)} questions, {right:.0%} answered right; each half calibrated "
        "on the other",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("estimator", no_wrap=True)
    for key in SHOWN:
        arrow = "↑" if METRICS[key].higher_is_better else "↓"
        table.add_column(f"{METRICS[key].label} {arrow}", justify="right", no_wrap=True)
    for row in results.rows:
        first, *rest = (row.metrics[key] for key in SHOWN)
        cells = [with_interval(first), *(number(m.estimate) for m in rest)]
        table.add_row(row.id, *cells)
    table.caption = "; ".join(
        f"{row.id}: {row.left_out} answers without a score ({row.reason})"
        for row in results.rows
        if row.left_out
    )
    return table


def number(value: float) -> str:
    """Two digits, or n/a."""
    return "n/a" if math.isnan(value) else f"{value:.2f}"


def with_interval(interval: Interval) -> str:
    """An estimate and its 95 % interval."""
    return f"{number(interval.estimate)} [{number(interval.low)}, {number(interval.high)}]"


def selective_line(results: Results) -> str:
    """What the threshold promised and did."""
    s = results.selective
    promise = (
        f"Promise by {s.estimator}: at most {s.risk:.0%} of the given answers are wrong "
        f"(with {s.confidence:.0%} confidence). "
    )
    if not s.answered:
        return promise + "No threshold keeps it with so few labels or so weak a model: it abstains."
    return promise + f"On the other half it answers {s.answered:.0%}, of which {s.wrong:.0%} wrong."


def results_json(results: Results) -> dict[str, Any]:
    """Every figure, for machines; what is undefined is null."""
    return {
        "questions": len(results.right),
        "right": float(results.right.mean()),
        "estimators": [
            {
                "id": row.id,
                "left_out": row.left_out,
                "reason": row.reason,
                **{key: interval_json(m) for key, m in row.metrics.items()},
            }
            for row in results.rows
        ],
        "selective": {
            "risk": results.selective.risk,
            "confidence": results.selective.confidence,
            "answered": results.selective.answered,
            "wrong": finite(results.selective.wrong),
        },
    }


def interval_json(interval: Interval) -> dict[str, float | None]:
    """An interval without NaN."""
    return {
        "estimate": finite(interval.estimate),
        "low": finite(interval.low),
        "high": finite(interval.high),
    }


def finite(value: float) -> float | None:
    """The number, or None where it is not one."""
    return value if math.isfinite(value) else None


def policy_table(results: PolicyResults) -> Table:
    """Each doubt and what help for the most doubtful gains by it."""
    table = Table(
        title=f"{results.questions} questions: never helped {results.never:.0%} right, always "
        f"{results.always:.0%}",
        caption="gain: points above helping at random, mean over all rates; least help: the share "
        "helped that loses at most 2 points against always",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("doubt", no_wrap=True)
    for head in ("gain ↑", "right at half ↑", "least help ↓"):
        table.add_column(head, justify="right", no_wrap=True)
    for d in results.deferrals:
        gain = f"{100 * d.gain.estimate:+.1f} [{100 * d.gain.low:+.1f}, {100 * d.gain.high:+.1f}]"
        table.add_row(d.id, gain, f"{d.at_half:.0%}", f"{d.least:.0%}")
    return table


def splits_line(s: Splits) -> str:
    """What a guard promised and did over repeated halves."""
    told = (
        f"Over {s.splits} random halves: helped {s.helped:.0%} of the questions (budget "
        f"{s.budget:.0%}, kept in {s.budget_kept:.0%} of the halves); at most {s.risk:.0%} of the "
        f"answers wrong in {s.risk_kept:.0%} of them; "
    )
    if math.isnan(s.accuracy):
        return told + "nothing could be answered under this promise."
    return told + (
        f"answered {s.answered:.0%}, {s.accuracy:.0%} of these right, against {s.unguarded:.0%} "
        "unguarded."
    )
