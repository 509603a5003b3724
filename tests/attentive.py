"""Answers with attention, for the tests of estimators that read it."""

import numpy as np

from dubito.estimate.attended import MIDDLE, THROUGHOUT
from dubito.evidence import Evidence, Floats, Layers, Sequence, TopK


def spoken(
    tokens: list[str],
    p: list[float],
    looks: Floats,
    *,
    depths: tuple[float, ...] = THROUGHOUT,
    states: Floats | None = None,
    top: Floats | None = None,
    ended: bool = False,
) -> Evidence:
    """An answer of these tokens with probabilities p [T].

    `looks` is [L, H, T, P + T] or of fewer layers, repeated to as many as there are depths;
    `top` [T, k] are probabilities of the likeliest tokens, whose ids count from 0.
    """
    text = "".join(tokens[: len(tokens) - ended])
    ends = np.cumsum([len(t) for t in tokens]).clip(max=len(text))
    layers = np.asarray(looks)[np.arange(len(depths)) % len(looks)]
    with np.errstate(divide="ignore"):
        logprobs = np.log(p)
        likeliest = None if top is None else np.log(top)
    ids = None if top is None else np.arange(np.size(top)).reshape(np.shape(top))
    return Evidence(
        "?",
        Sequence(
            text,
            tokens=tuple(tokens),
            offsets=np.column_stack([[0, *ends[:-1]], ends]),
            logprobs=logprobs,
            top=None if ids is None or likeliest is None else TopK(ids, likeliest),
            hidden=None if states is None else Layers((1.0,), np.asarray(states, float)[None]),
            attention=Layers(depths, layers),
            finished=ended,
        ),
    )


def middle(tokens: list[str], p: list[float], looks: Floats) -> Evidence:
    """The same for the layers in the middle."""
    return spoken(tokens, p, looks, depths=MIDDLE)
