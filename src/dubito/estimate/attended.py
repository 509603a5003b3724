"""What estimators read from the attention of one answer, checked at the door."""

import numpy as np

from dubito.evidence import Floats, Sequence, measured

# Depths at which attention is asked for, shares of all layers.
MIDDLE = tuple(k / 30 for k in range(10, 21))  # the middle third
THROUGHOUT = tuple(k / 20 for k in range(21))


def attended(answer: Sequence, tokens: int) -> Floats:
    """Attention weights of an answer of T >= 1 tokens, [L, H, T, P + T], each >= 0.

    Raises:
        Missing: not collected.
        ValueError: of another number of tokens, or a weight that is NaN or below 0.
    """
    weights = np.asarray(measured(answer.attention, "attention").values)
    if weights.ndim != 4 or weights.shape[2] != tokens or weights.shape[3] < tokens:
        raise ValueError(
            f"attention has shape {weights.shape} for an answer of {tokens} tokens; "
            "give [layers, heads, tokens, prompt + tokens]"
        )
    if not (weights >= 0).all():
        raise ValueError("attention holds NaN or a weight below 0; collect this prompt again")
    return weights


def words_said(answer: Sequence, tokens: int) -> int:
    """How many of the answer's T tokens are before its end token, all where none is known.

    An end token covers no characters of the text; a lone one is kept.
    """
    if answer.offsets is None or tokens < 2 or not answer.finished:
        return tokens
    start, end = answer.offsets[-1]
    return tokens - int(start == end)
