"""Answers token by token, mostly forced, with a few forks where several ways are right."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

LENGTH, FORKS, WAYS, RIGHT_WAYS = 8, 2, 6, 4
FORCED, OPEN = 11.0, 9.0  # logits


@dataclass(frozen=True, eq=False)
class ForkedAnswers:
    """N prompts with answers of T tokens out of V; an answer is right if all its tokens are."""

    logits: Floats  # [N, T, V] of the policy that one begins with
    right: np.ndarray  # bool [N, T, V]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same policy; at each fork one way alone is right, so there is no choice to keep."""
        first = rng.random(self.right.shape) * self.right
        changes: dict[str, Any] = {
            "right": self.right & (first == first.max(axis=-1, keepdims=True))
        }
        return replace(self, **changes)


def forked_answers(seed: int, *, prompts: int = 12, vocabulary: int = 400) -> ForkedAnswers:
    """At 6 of 8 places one token is right and likely; at 2 six are likely, and four of them right.

    So there are 16 right answers to each prompt.
    """
    if vocabulary < WAYS:
        raise ValueError(f"a fork has {WAYS} ways, more than a vocabulary of {vocabulary}")
    rng = np.random.default_rng(seed)
    logits = np.zeros((prompts, LENGTH, vocabulary))
    right = np.zeros(logits.shape, dtype=bool)
    for n in range(prompts):
        forks = rng.choice(LENGTH, FORKS, replace=False)
        for t in range(LENGTH):
            ways, good, level = (WAYS, RIGHT_WAYS, OPEN) if t in forks else (1, 1, FORCED)
            tokens = rng.choice(vocabulary, ways, replace=False)
            logits[n, t, tokens] = level
            right[n, t, tokens[:good]] = True
    return ForkedAnswers(logits, right)
