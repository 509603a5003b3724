"""Where a text's outcome was decided: outcome shares along its tokens, as inline SVG."""

from collections.abc import Sequence

import numpy as np

from dubito.bench.plots import DASHES, INK, MUTED, SERIES, Line, Plot, canvas, drawn, style
from dubito.evidence import Floats

ROOM = 40  # token names that fit below the axis; of a longer text every n-th is written


def forking_plot(
    outcomes: Floats, names: Sequence[str], tokens: Sequence[str], *, changes: Floats | None = None
) -> Plot:
    """The share of each outcome before each token, and the probability that it changes there.

    Args:
        outcomes: [T, C], rows that sum to 1; `merge_rare` first where there are many.
        names: of the C outcomes, at most 6.
        tokens: [T] of the text.
        changes: [T] posterior probability of a change point, drawn as bars from below.

    Raises:
        ValueError: sizes that do not fit, or more outcomes than colours.
    """
    size, count = outcomes.shape
    if count > len(SERIES) or (len(names), len(tokens)) != (count, size):
        raise ValueError(
            f"outcomes [T, C] {outcomes.shape} need C <= {len(SERIES)} names and T tokens, got "
            f"{len(names)} and {len(tokens)}; merge rare outcomes first"
        )
    at = np.arange(size, dtype=np.float64)
    lines = [Line(n, at, outcomes[:, c], SERIES[c], DASHES[c]) for c, n in enumerate(names)]
    with style():
        figure, axes = canvas(6.8, 3.4)
        if changes is not None:
            axes.bar(at, changes, width=0.6, color=MUTED, alpha=0.5)
        for line in lines:
            axes.plot(line.x, line.y, color=line.colour, dashes=line.dashes, linewidth=2.0)
        axes.set_xlim(-0.5, size - 0.5)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("next token", color=INK)
        axes.set_ylabel("share of outcomes", color=INK)
        shown = range(0, size, -(-size // ROOM))
        words = [tokens[i].strip() or "\N{OPEN BOX}" for i in shown]
        # a dollar sign is no formula
        axes.set_xticks(list(shown), words, rotation=90, parse_math=False)
        return Plot(drawn(figure, "forking"), lines)
