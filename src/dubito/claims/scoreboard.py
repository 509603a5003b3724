"""The scoreboard: one row a claim, as records, Markdown and a page."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from dubito.claims.record import Result

REMARKS = "Why some do not hold in full, and what was tried or changed after a look"
ORDER = ("holds", "holds weakly", "needs scale", "not reproduced", "smoke")
SVG = '<svg width="180" height="18" role="img" aria-label="{label}">{marks}</svg>'


@dataclass(frozen=True, slots=True)
class Row:
    """One claim as readers see it; gains are better above 0."""

    id: str
    room: str
    verdict: str
    effect: float
    interval: tuple[float, float]
    margin: float
    metric: str
    baseline: str
    ours: float  # the metric itself, mean over seeds
    theirs: float  # of the baseline
    null: float
    null_interval: tuple[float, float]
    seeds: int
    seconds: float
    paper: str
    paper_figure: str
    statement: str
    reason: str
    tried: str


def scoreboard_rows(results: Iterable[Result]) -> list[Row]:
    """One row a result, by room, then verdict, then id."""
    rows = [row(r) for r in results]
    return sorted(rows, key=lambda r: (r.room, ORDER.index(r.verdict), r.id))


def row(result: Result) -> Row:
    """What a reader needs of a result."""
    theirs = result.baselines[result.baseline]
    return Row(
        id=result.id,
        room=result.room,
        verdict=result.verdict,
        effect=result.effect,
        interval=(result.interval.low, result.interval.high),
        margin=result.margin,
        metric=result.metric,
        baseline=result.baseline,
        ours=sum(result.ours) / len(result.ours),
        theirs=sum(theirs) / len(theirs),
        null=result.null_effect,
        null_interval=(result.null_interval.low, result.null_interval.high),
        seeds=len(result.seeds),
        seconds=result.seconds,
        paper=result.paper,
        paper_figure=result.paper_figure,
        statement=result.statement,
        reason=result.reason,
        tried=result.tried,
    )


def span(interval: tuple[float, float]) -> str:
    """An interval in words, [low, high]."""
    return f"[{interval[0]:+.3f}, {interval[1]:+.3f}]"


COLUMNS: dict[str, Callable[[Row], str]] = {
    "method": lambda r: r.id,
    "room": lambda r: r.room,
    "paper": lambda r: r.paper,
    "verdict": lambda r: r.verdict,
    "gain [95%]": lambda r: f"{r.effect:+.3f} {span(r.interval)}",
    "margin": lambda r: f"{r.margin:g}",
    "metric": lambda r: r.metric,
    "ours": lambda r: f"{r.ours:.3f}",
    "baseline": lambda r: f"{r.baseline} {r.theirs:.3f}",
    "null [99%]": lambda r: f"{r.null:+.3f} {span(r.null_interval)}",
    "seeds": lambda r: str(r.seeds),
    "seconds": lambda r: f"{r.seconds:.1f}",
    "the paper reports": lambda r: r.paper_figure,
}


def tally(rows: list[Row]) -> str:
    """How many of each verdict, in words."""
    counts = Counter(r.verdict for r in rows)
    return ", ".join(f"{counts[v]} {v}" for v in ORDER if counts[v]) or "no results yet"


def scoreboard_markdown(results: Iterable[Result]) -> str:
    """A table of all claims; below it why some do not hold, and which were changed after a look."""
    rows = scoreboard_rows(results)
    lines = [f"{len(rows)} claims: {tally(rows)}.", ""]
    lines.append("| " + " | ".join(COLUMNS) + " |")
    lines.append("|" + " --- |" * len(COLUMNS))
    for r in rows:
        cells = (cell(r).replace("|", "\\|").replace("\n", " ") for cell in COLUMNS.values())
        lines.append("| " + " | ".join(cells) + " |")
    told = [r for r in rows if r.reason or r.tried]
    if told:
        lines += ["", f"{REMARKS}:", ""]
    lines += [f"- **{r.id}** ({r.verdict}): {remark(r)}" for r in told]
    return "\n".join(lines) + "\n"


def remark(r: Row) -> str:
    """Why a claim does not hold in full, and what was tried before, whatever its verdict."""
    tried = f"Tried: {r.tried}" if r.tried else "Nothing else tried yet."
    return (f"{r.reason}. {tried}" if r.reason else tried).replace("\n", " ")


def scoreboard_html(results: Iterable[Result], *, below: str = "") -> str:
    """A page that needs nothing else: the table, with each gain, its null and margin drawn.

    `below` is HTML for its end. Gains of one metric share a scale, so bars compare across these
    rows and no others.
    """
    rows = scoreboard_rows(results)
    scales = {r.metric: 0.0 for r in rows}
    for r in rows:
        widest = max(abs(x) for x in (*r.interval, *r.null_interval, r.margin))
        scales[r.metric] = max(scales[r.metric], widest)
    head = "".join(f"<th>{escape(name)}</th>" for name in ("gain and null", *COLUMNS))
    body = "\n".join(html_row(r, scales[r.metric]) for r in rows)
    why = "\n".join(
        f"<li><b>{escape(r.id)}</b> ({r.verdict}): {escape(remark(r))}</li>"
        for r in rows
        if r.reason or r.tried
    )
    return PAGE.format(
        tally=f"{len(rows)} claims: {tally(rows)}",
        head=head,
        body=body,
        why=why,
        remarks=REMARKS,
        below=below,
    )


def html_row(r: Row, scale: float) -> str:
    """One table row; its class is the verdict."""
    cells = "".join(f"<td>{escape(cell(r))}</td>" for cell in COLUMNS.values())
    shade = r.verdict.replace(" ", "-")
    said = escape(r.statement)
    return f'<tr class="{shade}" title="{said}"><td>{picture(r, scale)}</td>{cells}</tr>'


def picture(r: Row, scale: float) -> str:
    """The gain's interval (bold), the null's (grey), zero (line) and the margin (dashed)."""

    def x(value: float) -> float:
        return 90 + 85 * value / (scale or 1)

    def bar(interval: tuple[float, float], y: int, kind: str) -> str:
        ends = f'x1="{x(interval[0]):.1f}" x2="{x(interval[1]):.1f}"'
        return f'<line class="{kind}" {ends} y1="{y}" y2="{y}"/>'

    marks = [
        f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="18"/>',
        f'<line class="margin" x1="{x(r.margin):.1f}" x2="{x(r.margin):.1f}" y1="0" y2="18"/>',
        bar(r.interval, 6, "gain"),
        f'<circle class="gain" cx="{x(r.effect):.1f}" cy="6" r="3.5"/>',
        bar(r.null_interval, 14, "null"),
    ]
    label = f"gain {r.effect:+.3f} {span(r.interval)}, null {r.null:+.3f}"
    return SVG.format(label=label, marks="".join(marks))


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>dubito: scoreboard</title>
<style>
body {{ font: 13px/1.35 system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .25em .5em; text-align: left; border-bottom: 1px solid #ddd; }}
th, td {{ vertical-align: top; }}
th {{ position: sticky; top: 0; background: #fff; }}
table.real td {{ white-space: nowrap; }}
table.board td:nth-child(2) {{ font-weight: 600; white-space: nowrap; }}
table.board td:is(:nth-child(6), :nth-child(11)) {{ white-space: nowrap; }}
td {{ font-variant-numeric: tabular-nums; }}
tr {{ color: #222; --shade: #888; }}
tr.holds {{ --shade: #1a7f37; }} tr.holds-weakly {{ --shade: #9a6700; }}
tr.needs-scale {{ --shade: #0a5ab5; }} tr.not-reproduced {{ --shade: #b3261e; }}
table.board td:nth-child(5) {{ color: var(--shade); font-weight: 600; white-space: nowrap; }}
line.gain {{ stroke: var(--shade); stroke-width: 3; }} circle.gain {{ fill: var(--shade); }}
line.null {{ stroke: #aaa; stroke-width: 3; }} line.zero {{ stroke: #444; }}
line.margin {{ stroke: #444; stroke-dasharray: 2 2; }}
</style></head><body>
<h1>What holds</h1>
<p>{tally}. Gain of each method over its hardest baseline on worlds with known truth, mean over
seeds with a 95% interval (coloured); the same with the truth shuffled (grey, 99%), which must cover
zero; the margin fixed before looking (dashed).</p>
<table class="board"><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table>
<h2>{remarks}</h2>
<ul>
{why}
</ul>
{below}
</body></html>
"""
