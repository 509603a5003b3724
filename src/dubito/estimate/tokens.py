"""What estimators read from the tokens of one answer, checked at the door."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dubito.evidence import Floats, Missing, Score, Sequence, measured

Pool = Callable[[Floats], Any]  # [T] -> one number, such as np.mean or np.max

ROUNDING = 1e-3  # a log-probability this much above 0 is still the rounding of 0


def of_tokens(values: Floats | None, what: str) -> Floats:
    """The values recorded for T >= 1 tokens, [T] or [T, k], in float64.

    Raises:
        Missing: not collected, or the answer has no tokens.
        ValueError: one is NaN, which would be ranked anywhere.
    """
    known = np.asarray(measured(values, what), dtype=np.float64)
    if not len(known):
        raise Missing(f"the answer has no tokens, so it has no {what}")
    broken = np.isnan(known).reshape(len(known), -1).any(axis=-1)  # [T]
    if broken.any():
        raise ValueError(
            f"{what} of token {int(broken.argmax())} of {len(known)} is NaN; "
            "the model or server that gave it failed: collect this prompt again"
        )
    return known


def surprises(answer: Sequence) -> Floats:
    """-log p >= 0 of each of T >= 1 tokens, the end token included, nats [T].

    A token of probability 0 has infinite surprise.

    Raises:
        ValueError: a log-probability is NaN or above 0.
    """
    logprobs = of_tokens(answer.logprobs, "logprobs")
    if (logprobs > ROUNDING).any():
        raise ValueError(
            f"logprobs of token {int(logprobs.argmax())} is {logprobs.max()}, above 0; "
            "give natural logs of probabilities"
        )
    return np.maximum(0.0 - logprobs, 0.0)


def pooled(doubts: Floats, pool: Pool) -> Score:
    """One doubt from those of T tokens, which stay visible."""
    return Score(float(pool(doubts)), tokens=tuple(doubts.tolist()))


def pooled_entropy(answer: Sequence, pool: Pool) -> Score:
    """One entropy from those of T tokens, nats; `pool` must not fall in any of them.

    Of top-k distributions it is the lower bound, and the score says both bounds.
    """
    lower = of_tokens(answer.entropies, "entropies")
    if answer.entropies_upper is None:
        return pooled(lower, pool)
    doubt = float(pool(lower))
    bounds = doubt, float(pool(of_tokens(answer.entropies_upper, "entropies")))
    return Score(doubt, tokens=tuple(lower.tolist()), bounds=bounds)
