"""Curves and diagrams as inline SVG: text stays text, colours come from the page's style sheet."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dubito.bench.evaluate import COMBINED, Results
from dubito.bench.metrics import equal_mass_bins, risk_coverage_curve
from dubito.bench.page.readings import judged, known_confidence, twins
from dubito.extras import require
from dubito.maths.quantiles import binomial_upper

SHOWN = 5  # estimators in one plot
# Stand-ins that matplotlib accepts; `themed` puts the style sheet's variables in their place.
INK, MUTED, RULE = "#010203", "#010204", "#010205"
SERIES = ("#010211", "#010212", "#010213", "#010214", "#010215", "#010216")
VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", RULE: "var(--rule)"} | {
    colour: f"var(--s{i + 1})" for i, colour in enumerate(SERIES)
}
DASHES = ((None, None), (7, 2), (3, 1.6), (8, 2, 2, 2), (1.6, 1.6), (10, 3, 2, 3, 2, 3))
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "dubito", "font.size": 10}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot and its entry in the legend."""

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: str
    dashes: Sequence[float | None]

    @property
    def variable(self) -> str:
        """The style sheet's name of the colour."""
        return VARIABLES[self.colour]

    @property
    def dash_array(self) -> str:
        """The dashes as SVG wants them; "none" for a full line."""
        return " ".join(str(d) for d in self.dashes if d is not None) or "none"


@dataclass(frozen=True, slots=True)
class Plot:
    """An SVG element and the lines that its legend names."""

    svg: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often answers of like confidence were right, over B bins, the least confident first."""

    size: np.ndarray  # [B]
    confidence: np.ndarray  # [B] mean
    accuracy: np.ndarray  # [B]
    low: np.ndarray  # [B] ends of the exact 95 % interval of the accuracy
    high: np.ndarray  # [B]


def rejection_lines(results: Results) -> list[Line]:
    """Share of wrong answers (y) when a share is answered (x): the top 5, chance, an oracle.

    Chance and oracle are those of all answers. An estimator that puts the answers in the
    order of one before it has no line of its own.
    """
    wrong = ~results.right
    alike = twins(results)
    named = [
        row.id for row in results.rows if row.id not in alike and len(judged(results, row.id).wrong)
    ]
    names = named[:SHOWN]
    if COMBINED in named and COMBINED not in names:
        names.append(COMBINED)
    lines = []
    for i, name in enumerate(names):
        found = judged(results, name)
        curve = risk_coverage_curve(found.doubt, found.wrong)
        lines.append(Line(name, curve.coverage, curve.risk, SERIES[i], DASHES[i]))
    oracle = risk_coverage_curve(wrong.astype(np.float64), wrong)
    chance = np.full(2, wrong.mean())
    return [
        *lines,
        Line("refusing at random", np.array([0.0, 1.0]), chance, MUTED, (1.2, 2.4)),
        Line("an oracle", oracle.coverage, oracle.risk, MUTED, (None, None)),
    ]


def rejection_plot(results: Results) -> Plot:
    """The curves that show what refusing the most doubtful answers buys."""
    lines = rejection_lines(results)
    with style():
        figure, axes = canvas(4.8, 3.7)
        for line in lines:
            axes.plot(
                line.x,
                line.y,
                color=line.colour,
                dashes=line.dashes,
                linewidth=1.4 if line.colour == MUTED else 2.0,
            )
        axes.set_xlim(0, 1.005)
        axes.set_ylim(-0.02, 1.02 * max(0.1, *(float(line.y.max()) for line in lines)))
        axes.set_xlabel("share of questions answered, the least doubtful first", color=INK)
        axes.set_ylabel("share of those that is wrong", color=INK)
        return Plot(drawn(figure, "rejection"), lines)


def reliability(results: Results, name: str) -> Reliability:
    """The answers in up to 10 bins of equal mass, of about 8 answers or more."""
    known = known_confidence(results, name)
    confidence, right = results.confidence[name][known], results.right[known]
    found = equal_mass_bins(confidence, right, bins=int(np.clip(len(known) // 8, 2, 10)))
    hits = np.rint(found.accuracy * found.size).astype(int)
    size = found.size.astype(int)
    return Reliability(
        size,
        found.confidence,
        found.accuracy,
        1 - binomial_upper(size - hits, size, 0.975),
        binomial_upper(hits, size, 0.975),
    )


def reliability_plot(results: Results, name: str) -> Plot:
    """Confidence against the share that was right; on the diagonal it means what it says."""
    bins = reliability(results, name)
    with style():
        figure, axes = canvas(3.7, 3.5)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, dashes=(1.2, 2.4))
        spread = np.stack([bins.accuracy - bins.low, bins.high - bins.accuracy]).clip(0)  # [2, B]
        axes.errorbar(
            bins.confidence,
            bins.accuracy,
            yerr=spread,
            color=SERIES[0],
            ecolor=SERIES[0],
            elinewidth=1.2,
            linewidth=1.6,
            marker="o",
            markersize=5.5,
            markeredgewidth=0,
        )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("stated confidence", color=INK)
        axes.set_ylabel("share that was right", color=INK)
        return Plot(drawn(figure, f"reliability-{name}"), [])


def style() -> Any:
    """Text as text and stable names, for the time of one plot."""
    return require("matplotlib", extra="report").rc_context(STYLE)


def canvas(width: float, height: float) -> tuple[Any, Any]:
    """An empty figure in inches, and its axes: two thin spines, a faint grid, ticks in percent."""
    figure = require("matplotlib.figure", extra="report").Figure(
        figsize=(width, height), layout="constrained"
    )
    axes = figure.subplots()
    axes.set_facecolor("none")
    figure.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.grid(color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, length=0, pad=5)
    formatter = require("matplotlib.ticker", extra="report").PercentFormatter(1.0, decimals=0)
    axes.xaxis.set_major_formatter(formatter)
    axes.yaxis.set_major_formatter(formatter)
    return figure, axes


def drawn(figure: Any, name: str) -> str:
    """The figure as one <svg> element that scales, with ids of its own."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return themed(buffer.getvalue(), re.sub(r"\W", "-", name))


def themed(svg: str, prefix: str) -> str:
    """Without header, size, fonts and other ties to the outside; colours named, ids made unique."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|defs)>\s*(<rdf|<style).*?</\1>", "", svg, flags=re.DOTALL)
    for size in ("width", "height"):
        svg = re.sub(rf'(<svg[^>]*?) {size}="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'( id="|url\(#| href="#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r"font-family: [^;\"]*;", "", svg)
    for stand_in, variable in VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    return svg
