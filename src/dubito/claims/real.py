"""What was measured on a real model: tables of the scoreboard, read from `results/real`."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

MEASURES = ("auroc", "prr50", "prr")
COST = "cost.json"  # estimator -> its cost, 1 = the answer and ten samples without any doubt
MODEL = "SmolLM2-135M"


@dataclass(frozen=True, slots=True)
class Section:
    """A table with what it says."""

    title: str
    said: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def sections(folder: Path) -> list[Section]:
    """All tables, by name of their files; none where nothing was measured."""
    cost = costs(folder)
    found = []
    for file in sorted(folder.glob("*.json")):
        if file.name != COST:
            report = json.loads(file.read_text(encoding="utf-8"))
            shape = next((make for key, make in SHAPES.items() if key in report), learned)
            found.append(shape(file.stem, report, cost))
    return found


def costs(folder: Path) -> dict[str, float]:
    """Cost of each estimator alone; empty where none was measured."""
    file = folder / COST
    return json.loads(file.read_text(encoding="utf-8"))["times bare"] if file.exists() else {}


def answers(name: str, report: dict[str, Any], cost: dict[str, float]) -> Section:
    """Every estimator on a set of questions, of `dubito bench --json`, by AUROC."""
    rows = sorted(report["estimators"], key=lambda r: -(r["auroc"]["estimate"] or -1))
    return Section(
        f"On real answers: {name}",
        f"{MODEL} answered {report['questions']} questions ({name}), {report['right']:.0%} of them "
        "rightly. Each value with its 95% interval. Cost: processor time of the estimator alone, "
        "1 = the answer and ten samples without any doubt.",
        ("estimator", "AUROC", "PRR to 50%", "PRR", "cost"),
        [
            [r["id"], *(span(r[m]) for m in MEASURES), figure(cost.get(r["id"]), ".2f")]
            for r in rows
        ],
    )


def policy(name: str, report: dict[str, Any], _: dict[str, float]) -> Section:
    """What retrieving for the most doubtful buys, of `dubito bench --policy --json`."""
    s, half = report["splits"], report["curve"][len(report["curve"]) // 2]
    return Section(
        f"Acting on doubt: {name}",
        f"{MODEL} answered {report['questions']} questions alone ({report['never']:.0%} right) and "
        f"with retrieved passages ({report['always']:.0%}). Passages for the most doubtful half, "
        f"by all estimators together: {half['accuracy']:.0%}; for a random half: "
        f"{half['at_random']:.0%}. Gain: points above retrieving at random, mean over all rates; "
        "least: the share of retrievals that loses at most 2 points against always. A guard fitted "
        f"on a random half of the questions and counted on the other, {s['splits']} times: "
        f"retrieved for {s['helped']:.0%} (budget {s['budget']:.0%}, kept in "
        f"{s['budget_kept']:.0%} of the halves), answered {s['answered']:.0%} of the questions, "
        f"{figure(s['accuracy'], '.0%')} of these rightly against {s['unguarded']:.0%} unguarded; "
        f"the promise of at most {s['risk']:.0%} wrong was kept in {s['risk_kept']:.0%} of the "
        "halves.",
        ("doubt", "gain", "right at half", "least"),
        [
            [d["id"], span(d["gain"], 100, ".1f"), f"{d['at_half']:.0%}", f"{d['least']:.0%}"]
            for d in report["deferrals"]
        ],
    )


def caches(_: str, report: dict[str, Any], __: dict[str, float]) -> Section:
    """Smaller key-value caches on questions behind many passages, of `benchmarks/cache.py`."""
    return Section(
        "Smaller caches",
        f"{MODEL} answered {report['questions']} questions, each behind {report['passages']} "
        "retrieved passages, with a part of its key-value cache: more for heads of high entropy, "
        "the same for all, or the reverse. Divergence: KL from the full cache's next-token "
        "distribution, nats a token; so few questions say little about the share of right answers."
        + peaks(report.get("peak MB while decoding 8 rows", {})),
        ("cache", "share of bytes", "divergence", "of the first token", "right"),
        [
            [
                cache,
                f"{found['share of bytes']:.1%}",
                f"{found['divergence']:.3f}",
                f"{found['divergence of the first token']:.3f}",
                f"{found['right']:.0%}",
            ]
            for cache, found in report["caches"].items()
        ],
    )


def peaks(found: dict[str, float]) -> str:
    """A sentence on memory, where it was measured."""
    each = ", ".join(f"{kept} of the cache {most:.0f} MB" for kept, most in found.items())
    return f" Most resident while 8 rows decode: {each}." if each else ""


def told(name: str, report: dict[str, Any], _: dict[str, float]) -> Section:
    """A table that stands as it is to be shown."""
    rows = [[str(cell) for cell in row] for row in report["rows"]]
    return Section(report.get("title", name), report["said"], report["head"], rows)


def learned(name: str, report: dict[str, Any], _: dict[str, float]) -> Section:
    """What the methods of a room of learning did once on real data, of `benchmarks/real_*.py`."""
    return Section(
        f"Learning on real data: {name.replace('_', ' ')}",
        f"Run once by `benchmarks/real_{name}.py`, which explains each figure and its baselines.",
        ("run", "figure", "value"),
        [
            [part, figure_, value]
            for part, found in report.items()
            for figure_, value in leaves(found)
        ],
    )


def leaves(found: Any, path: str = "") -> list[tuple[str, str]]:
    """(where it stands, what it is) of each value in nested objects; lists of numbers are one."""
    if isinstance(found, dict):
        inner = [leaves(v, f"{path}, {k}" if path else str(k)) for k, v in found.items()]
        return [leaf for part in inner for leaf in part]
    if isinstance(found, list):
        return [(path, ", ".join(map(shown, found)))]
    return [(path, shown(found))]


def shown(value: object) -> str:
    """A number with three digits; all else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


Shape = Callable[[str, dict[str, Any], dict[str, float]], Section]
# By a key that only this kind of report has.
SHAPES: dict[str, Shape] = {
    "estimators": answers,
    "deferrals": policy,
    "caches": caches,
    "rows": told,
}


def span(value: dict[str, float | None], scale: float = 1.0, form: str = ".2f") -> str:
    """A value with its interval; a dash where it could not be measured."""
    found = [value[key] for key in ("estimate", "low", "high")]
    middle, low, high = (figure(None if v is None else scale * v, form) or "–" for v in found)
    return middle if middle == "–" else f"{middle} [{low}, {high}]"


def figure(value: float | None, form: str) -> str:
    """A number; empty where there is none."""
    return "" if value is None else format(value, form)


def real_markdown(folder: Path) -> str:
    """All sections; empty where nothing was measured."""
    lines: list[str] = []
    for s in sections(folder):
        lines += ["", f"## {s.title}", "", s.said, "", line(s.head), "|" + " --- |" * len(s.head)]
        lines += map(line, s.rows)
    return "\n".join(lines) + "\n" if lines else ""


def line(cells: Iterable[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def real_html(folder: Path) -> str:
    """The same as part of a page."""
    return "\n".join(map(html, sections(folder)))


def html(s: Section) -> str:
    """One section."""
    body = "\n".join(tagged("td", row) for row in s.rows)
    return (
        f"<h2>{escape(s.title)}</h2>\n<p>{escape(s.said)}</p>\n"
        f'<table class="real"><thead>{tagged("th", s.head)}</thead>'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def tagged(tag: str, texts: Iterable[str]) -> str:
    """A row of a table."""
    return "<tr>" + "".join(f"<{tag}>{escape(t)}</{tag}>" for t in texts) + "</tr>"
