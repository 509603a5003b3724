"""The one vector that an estimator reads from the hidden states of an answer."""

from collections.abc import Callable, Iterable

import numpy as np

from dubito.evidence import Evidence, Floats, Missing, measured

Read = Callable[[Evidence, float], Floats]


def mean_state(evidence: Evidence, depth: float) -> Floats:
    """Mean [d] of the T states from which the answer's tokens were chosen.

    From the one after the prompt's last token to the one before the answer's last.
    """
    return finite(states_of(evidence, depth)[:-1], depth).mean(axis=0)


def last_state(evidence: Evidence, depth: float) -> Floats:
    """State [d] after the last token of the text: what an end token adds is not looked at."""
    last = -2 if evidence.answer.finished else -1
    return finite(states_of(evidence, depth)[last], depth)


def states_of(evidence: Evidence, depth: float) -> Floats:
    """All states [1 + T, d] at a depth, T >= 1.

    Raises:
        Missing: not collected at this depth, or the answer has no tokens.
    """
    layers = measured(evidence.answer.hidden, "hidden")
    if depth not in layers.depths:
        raise Missing(
            f"no hidden states at depth {depth}, only at {layers.depths}; "
            f"collect them with Plan(hidden=({depth},))",
            "hidden",
        )
    states = layers.values[layers.depths.index(depth)]
    if len(states) < 2:
        raise Missing("the answer has no tokens, so it has no hidden states", "hidden")
    return np.asarray(states, dtype=np.float64)


def finite(states: Floats, depth: float) -> Floats:
    """The same states; ValueError where one holds no number."""
    if not np.isfinite(states).all():
        raise ValueError(
            f"hidden states at depth {depth} hold NaN or infinity; "
            "the model that gave them failed: collect this prompt again"
        )
    return states


def stacked(evidence: Iterable[Evidence], depth: float, read: Read) -> Floats:
    """One state of each evidence, [N, d].

    Raises:
        ValueError: none, or of several widths.
    """
    rows = [read(e, depth) for e in evidence]
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise ValueError(
            f"states of one model needed, at least one; got {len(rows)} of widths {sorted(widths)}"
        )
    return np.stack(rows)


def same_width(state: Floats, fitted: int) -> Floats:
    """The state, as wide as those of the fit; else ValueError."""
    if len(state) != fitted:
        raise ValueError(
            f"fitted on states of width {fitted}, got one of {len(state)}: of another model"
        )
    return state
