"""Every estimator on a real model's answers to real questions, beside what it costs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

MEASURES = ("auroc", "prr50", "prr")
COST = "cost.json"  # estimator -> its cost, 1 = the answer and ten samples without any doubt


@dataclass(frozen=True, slots=True)
class Judged:
    """One set of questions that the embedded model answered."""

    name: str
    questions: int
    right: float  # share of them
    rows: tuple[dict[str, Any], ...]  # an estimator each, the best first


def judged(folder: Path) -> list[Judged]:
    """The reports of `dubito bench --json` in a folder, by name; none where there is none."""
    files = sorted(f for f in folder.glob("*.json") if f.name != COST)
    return [one(f.stem, json.loads(f.read_text(encoding="utf-8"))) for f in files]


def one(name: str, report: dict[str, Any]) -> Judged:
    """One report with its estimators by AUROC; those without one come last."""
    rows = sorted(report["estimators"], key=lambda r: -(r["auroc"]["estimate"] or -1))
    return Judged(name, report["questions"], report["right"], tuple(rows))


def costs(folder: Path) -> dict[str, float]:
    """Cost of each estimator alone; empty where none was measured."""
    file = folder / COST
    return json.loads(file.read_text(encoding="utf-8"))["times bare"] if file.exists() else {}


def cells(row: dict[str, Any], cost: dict[str, float]) -> list[str]:
    """An estimator's line: its measures with their 95% intervals, and its cost."""
    told = [row["id"], *(span(row[name]) for name in MEASURES)]
    return [*told, f"{cost[row['id']]:.2f}" if row["id"] in cost else ""]


def span(value: dict[str, float | None]) -> str:
    """A value with its interval; a dash where it could not be measured."""
    if value["estimate"] is None:
        return "–"
    ends = (value["low"], value["high"])
    inside = ", ".join("–" if end is None else f"{end:.2f}" for end in ends)
    return f"{value['estimate']:.2f} [{inside}]"


HEAD = ("estimator", "AUROC", "PRR to 50%", "PRR", "cost")
SAID = (
    "SmolLM2-135M answered {questions} questions ({name}), {right:.0%} of them rightly. Each "
    "value with its 95% interval. Cost: processor time of the estimator alone, 1 = the answer "
    "and ten samples without any doubt."
)


def real_markdown(folder: Path) -> str:
    """A section for each set of questions; empty where none was run."""
    cost, lines = costs(folder), []
    for j in judged(folder):
        lines += ["", f"## On real answers: {j.name}", "", said(j), ""]
        lines += ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
        lines += ["| " + " | ".join(cells(r, cost)) + " |" for r in j.rows]
    return "\n".join(lines) + "\n" if lines else ""


def real_html(folder: Path) -> str:
    """The same as part of a page."""
    cost = costs(folder)
    return "\n".join(section(j, cost) for j in judged(folder))


def section(j: Judged, cost: dict[str, float]) -> str:
    """One set of questions."""
    body = "\n".join(tagged("td", cells(r, cost)) for r in j.rows)
    return (
        f"<h2>On real answers: {escape(j.name)}</h2>\n<p>{escape(said(j))}</p>\n"
        f'<table class="real"><thead>{tagged("th", HEAD)}</thead><tbody>\n{body}\n</tbody></table>'
    )


def tagged(tag: str, texts: Iterable[str]) -> str:
    """A row of a table."""
    return "<tr>" + "".join(f"<{tag}>{escape(t)}</{tag}>" for t in texts) + "</tr>"


def said(j: Judged) -> str:
    """What was asked and what is shown."""
    return SAID.format(questions=j.questions, name=j.name, right=j.right)
