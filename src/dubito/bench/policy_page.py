"""The page that shows what acting on doubt buys; it needs no network."""

from pathlib import Path

import numpy as np

from dubito.bench.plots import DASHES, INK, MUTED, SERIES, Line, Plot, canvas, drawn, style
from dubito.bench.policy import PolicyResults
from dubito.bench.report import template
from dubito.store import written_aside


def write_policy_page(results: PolicyResults, path: Path, *, title: str, help_named: str) -> None:
    """The page at `path`, there whole or not at all.

    Raises:
        MissingExtra: matplotlib or jinja2 is not installed.
    """
    html = template("policy.html.j2").render(
        title=title,
        help=help_named,
        results=results,
        splits=results.splits,
        cost=cost_plot(results, help_named),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as new:
        new.write_text(html, encoding="utf-8", errors="xmlcharrefreplace")


def cost_plot(results: PolicyResults, help_named: str) -> Plot:
    """Accuracy against the share of questions that get help."""
    rate = np.array([p.rate for p in results.curve])
    lines = [
        Line("most doubtful first", rate, accuracy(results), SERIES[0], DASHES[0]),
        Line("at random", rate, np.array([p.at_random for p in results.curve]), MUTED, DASHES[2]),
    ]
    with style():
        figure, axes = canvas(4.8, 3.7)
        for line in lines:
            axes.plot(line.x, line.y, color=line.colour, dashes=line.dashes, linewidth=2.0)
        axes.set_xlim(-0.01, 1.01)
        axes.set_xlabel(f"share of questions with {help_named}", color=INK)
        axes.set_ylabel("share answered rightly", color=INK)
        return Plot(drawn(figure, "policy"), lines)


def accuracy(results: PolicyResults) -> np.ndarray:
    """Of the combined doubt, at each rate."""
    return np.array([p.accuracy for p in results.curve])
