"""An answer as the terminal shows it."""

import math
from textwrap import shorten

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dubito.answer import Answer
from dubito.bench.heat import token_heat
from dubito.catalogue import find
from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Score

BAR, SHOWN, WIDTH = 10, 6, 56  # cells of a full bar, meanings named, their characters
SHADES = ("default", "color(229)", "color(222)", "color(215)", "color(209)", "color(203)")


def show(answer: Answer, console: Console) -> None:
    """The answer, its confidence, what the samples mean, and every doubt."""
    console.print(Panel(heated(answer.evidence), title="answer", title_align="left"))
    console.print(Padding(verdict(answer), (0, 1)))
    if answer.meanings:
        console.print(Padding(meanings_table(answer), (1, 1, 0, 1)))
    console.print(Padding(doubt_table(answer), (1, 1, 0, 1)))


def heated(evidence: Evidence) -> Text:
    """The answer's text, a token the hotter the less likely it was."""
    sequence = evidence.answer
    if sequence.logprobs is None or sequence.offsets is None or not sequence.text.strip():
        return Text(sequence.text.strip() or "(no answer)")
    text = Text()
    for span in token_heat(evidence, surprises(sequence).tolist()):
        text.append(span.text, SHADES[min(int(span.doubt * len(SHADES)), len(SHADES) - 1)])
    return text


def verdict(answer: Answer) -> Text:
    """The calibrated confidence, and where it was learned."""
    if answer.confidence is None:
        return Text(answer.calibration, style="dim")
    colour = (
        "green" if answer.confidence >= 0.7 else "yellow" if answer.confidence >= 0.4 else "red"
    )
    line = Text("confidence ")
    line.append(f"{answer.confidence:.0%}", style=f"bold {colour}")
    line.append(f"   {answer.calibration}", style="dim")
    return line


def meanings_table(answer: Answer) -> Table:
    """What the drawn answers mean, with their share."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=BAR)
    table.add_column("meanings of the samples", no_wrap=True)
    for meaning in answer.meanings[:SHOWN]:
        table.add_row(
            f"{meaning.share:.0%}",
            "█" * round(meaning.share * BAR),
            shorten(meaning.text, WIDTH, placeholder=" ..."),
        )
    rest = answer.meanings[SHOWN:]
    if rest:
        table.add_row(f"{sum(m.share for m in rest):.0%}", "", f"{len(rest)} more", style="dim")
    return table


def doubt_table(answer: Answer) -> Table:
    """Each estimator's doubt, its error, its parts and what it looks at."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("estimator")
    table.add_column("doubt", justify="right")
    table.add_column("what it measures", style="dim")
    for name, score in answer.scores.items():
        if score.reason:
            table.add_row(name, "-", score.reason)
        else:
            parts = "; ".join(f"{part} {value:.2f}" for part, value in score.parts.items())
            table.add_row(
                name, figure(score), find(name).method.summary + (f" ({parts})" if parts else "")
            )
    return table


def figure(score: Score) -> str:
    """The doubt with its bounds or its standard error."""
    if score.bounds is not None and score.bounds[0] < score.bounds[1]:
        low, high = score.bounds
        return f"at least {low:.2f}" if math.isinf(high) else f"{low:.2f} to {high:.2f}"
    error = score.standard_error
    spread = f" ± {error:.2f}" if error is not None and math.isfinite(error) else ""
    return f"{score.doubt:.2f}{spread}"
