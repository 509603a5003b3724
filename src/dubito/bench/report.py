"""One HTML file that shows a run to a reader who does not know the field; it needs no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dubito.bench.evaluate import COMBINED, Results
from dubito.bench.page import cases, costs, headline, kinds, ranking
from dubito.bench.page.readings import best_single, known_confidence, spokesman
from dubito.bench.page.words import counted, listed
from dubito.bench.plots import rejection_plot, reliability, reliability_plot
from dubito.extras import require
from dubito.models.collect import Cost
from dubito.store import written_aside


@dataclass(frozen=True, slots=True)
class Diagram:
    """A reliability diagram and what to know about its points."""

    name: str
    svg: str  # empty where there is nothing to draw
    caption: str


def write_report(
    results: Results, path: Path, *, title: str, settings: Mapping[str, Any], cost: Cost
) -> None:
    """The report at `path`, there whole or not at all: table, curves, diagrams, answers, cost.

    Settings may be nested and hold any plain values; one named `command`, if there is one, is
    shown as the way to run this again.

    Raises:
        MissingExtra: matplotlib or jinja2 is not installed.
    """
    html = page(results, title=title, settings=settings, cost=cost)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as new:
        # A model may emit half of a surrogate pair, which UTF-8 cannot hold.
        new.write_text(html, encoding="utf-8", errors="xmlcharrefreplace")


def page(results: Results, *, title: str, settings: Mapping[str, Any], cost: Cost) -> str:
    """The report as text; all that the model or the user wrote is escaped."""
    level = ranking.level(results)
    lines = ranking.lines(results, level)
    told = {key: value for key, value in settings.items() if key != "command"}
    return template("report.html.j2").render(
        title=title,
        figures=headline.figures(results),
        sentences=headline.sentences(results),
        questions=len(results.questions),
        leads=ranking.who_leads(results, level),
        heads=ranking.heads(),
        lines=lines,
        any_level=bool(level),
        left_out=ranking.left_out(results),
        missing=ranking.missing_notes(lines),
        rejection=rejection_plot(results),
        reliability=diagrams(results),
        spokesman=spokesman(results),
        ends=cases.ends(results),
        kinds=kinds.kinds(results),
        stages=costs.stages(results, cost),
        overhead=costs.overhead(results, cost),
        settings=list(costs.flat(told)),
        versions=costs.versions(),
        command=settings.get("command", ""),
    )


def template(name: str) -> Any:
    """A page's template; whatever is put into it is escaped unless it says otherwise."""
    jinja2 = require("jinja2", extra="report")
    return jinja2.Environment(
        loader=jinja2.PackageLoader("dubito.bench", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def diagrams(results: Results) -> list[Diagram]:
    """The best single estimator, and the combination where there is one."""
    single = best_single(results)
    names = [single.id] if single else []
    return [diagram(results, name) for name in [*names, COMBINED] if name in results.confidence]


def diagram(results: Results, name: str) -> Diagram:
    """One diagram, or why there is none."""
    known, n = len(known_confidence(results, name)), len(results.right)
    if not known:
        return Diagram(name, "", f"n/a: none of the {counted(n, 'answer')} has a confidence.")
    sizes = reliability(results, name).size.tolist()
    caption = f"{held(sizes)}; lines up and down: 95\N{NO-BREAK SPACE}% intervals of the share."
    return Diagram(name, reliability_plot(results, name).svg, caption)


def held(sizes: list[int]) -> str:
    """How many answers stand behind each point of a diagram."""
    if len(set(sizes)) == 1:
        return f"{counted(sizes[0], 'answer')} in each of {counted(len(sizes), 'point')}"
    return (
        f"From left to right, the points hold {listed([str(s) for s in sizes], at_most=10)} answers"
    )
