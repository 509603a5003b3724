"""How a choice between labels forms over the layers of a model [wang2025]."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax

from dubito.evidence import Floats, Layers


class LayerTrace(NamedTuple):
    """The choice between C labels after each of D layers."""

    logp: Floats  # [D, C] nats, of the labels alone
    gap: Floats  # [D] >= 0, logit of the first label less that of the second
    top: Floats  # [D] largest logit
    settled: int  # index of the first layer from which the final label stays first


def trace(label_logits: ArrayLike) -> LayerTrace:
    """The trace of label logits read after each layer, [D, C], C >= 2.

    Raises:
        ValueError: another shape, or logits that are not finite.
    """
    logits = np.asarray(label_logits, dtype=np.float64)
    if logits.ndim != 2 or logits.shape[1] < 2 or not np.isfinite(logits).all():
        raise ValueError(f"finite logits [D, C] of at least 2 labels needed, got {logits}")
    order = np.sort(logits, axis=1)
    away = np.flatnonzero(logits.argmax(axis=1) != logits[-1].argmax())
    settled = int(away[-1]) + 1 if len(away) else 0
    return LayerTrace(
        log_softmax(logits, axis=1), order[:, -1] - order[:, -2], order[:, -1], settled
    )


def read_out(hidden: Layers, norm: Callable[[Floats], Floats], unembedding: ArrayLike) -> Floats:
    """Label logits after each layer, at the last token of the prompt: [D, C].

    Args:
        hidden: states of `Plan(hidden=...)`, whose row 0 is that token.
        norm: the model's final norm, [D, d] -> [D, d]; the states of a pre-norm model mean
            nothing without it, and depth 1 is recorded before it.
        unembedding: output rows of the C labels, [C, d].
    """
    states = norm(hidden.values[:, 0])  # [D, d]
    return states @ np.asarray(unembedding, dtype=np.float64).T
