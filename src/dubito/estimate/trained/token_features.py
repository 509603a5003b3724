"""What the model showed at each token, as one row of numbers [ni2025]."""

import numpy as np

from dubito.estimate.attended import attended
from dubito.estimate.tokens import of_tokens
from dubito.estimate.trained.states import finite
from dubito.evidence import Evidence, Floats, Layers, Sequence, measured
from dubito.maths.attention import recent

HISTORY = 3  # weights on the token itself and the two before it
TOP = 4  # probabilities of the likeliest tokens


def token_features(evidence: Evidence) -> Floats:
    """Features [T, F] of where each token was written: what was looked at, and how likely.

    3 attention weights for each head, of the token just read on itself and the two before it;
    the 4 greatest probabilities; and the states that were recorded there. What the prompt's
    last token looked at is not recorded, so the first row has 0 there.
    """
    answer = evidence.answer
    likely = np.exp(of_tokens(measured(answer.top, "top").logprobs, "top"))[:, :TOP]  # [T, <= 4]
    likely = np.pad(likely, ((0, 0), (0, TOP - likely.shape[1])))
    parts = [looks(answer, len(likely)), likely]
    if answer.hidden is not None:
        parts += states(answer.hidden)
    return np.concatenate(parts, axis=1, dtype=np.float32)


def looks(answer: Sequence, tokens: int) -> Floats:
    """Attention history where each token was written, [T, 3 L H]."""
    read = recent(attended(answer, tokens), span=HISTORY)  # [L, H, T, 3]
    rows = np.moveaxis(read, 2, 0).reshape(tokens, -1)
    return np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])


def states(hidden: Layers) -> list[Floats]:
    """The states [T, d] at each depth from which the tokens were written."""
    return [
        finite(layer[:-1], depth) for depth, layer in zip(hidden.depths, hidden.values, strict=True)
    ]
