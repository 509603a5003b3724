"""Texts with one planted fork: a token that decides the outcome, among tokens that do not."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import entr

from dubito.evidence import Floats, Integers

DECIDES = 0.95  # probability of the outcome that the token stands for
WRITTEN = 0.6  # probability of the written token at the fork
LENGTH = 20
FIRST, LAST = 3, 16  # where a fork may be: segments of three on both sides


@dataclass(frozen=True, eq=False)
class ForkedTexts:
    """N texts of T tokens over two outcomes; each position holds W tokens, the written one first.

    A text without a fork has place -1.
    """

    probability: tuple[tuple[Floats, ...], ...]  # [N][T] of [W]
    outcomes: tuple[tuple[Floats, ...], ...]  # [N][T] of [W, 2], shares of n continuations
    place: Integers  # [N]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same texts; each gets another's place."""
        changes: dict[str, Any] = {"place": rng.permutation(self.place)}
        return replace(self, **changes)

    def token_entropy(self) -> Floats:
        """Entropy of the next token at each position, nats, [N, T]."""
        return np.array([[float(entr(p).sum()) for p in text] for text in self.probability])


def forked_texts(
    seed: int, *, texts: int = 100, continuations: int = 30, forked: bool = True
) -> ForkedTexts:
    """Before the fork the first outcome has probability .59; the written token makes it .95.

    The fork's other token, of probability .4, makes it .05. All other positions have two or three
    tokens that decide nothing; one of them, never the fork, is the most open of the text.
    """
    rng = np.random.default_rng(seed)
    place = rng.integers(FIRST, LAST + 1, texts) if forked else np.full(texts, -1)
    made = [one_text(rng, int(t), continuations) for t in place]
    probability, outcomes = zip(*made, strict=True)
    return ForkedTexts(probability, outcomes, place)


def one_text(
    rng: np.random.Generator, place: int, continuations: int
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Token probabilities and drawn outcome shares of each position."""
    start = WRITTEN * DECIDES + (1 - WRITTEN) * (1 - DECIDES)
    others = [t for t in range(FIRST, LAST + 1) if t != place]
    widest = others[rng.integers(len(others))]
    probability, outcomes = [], []
    for t in range(LENGTH):
        p = noise_tokens(rng, open_wide=t == widest)
        chance = np.full(len(p), DECIDES if 0 <= place < t else start)
        if t == place:
            p, chance = np.array([WRITTEN, 1 - WRITTEN]), np.array([DECIDES, 1 - DECIDES])
        share = rng.binomial(continuations, chance) / continuations
        probability.append(p)
        outcomes.append(np.column_stack([share, 1 - share]))
    return tuple(probability), tuple(outcomes)


def noise_tokens(rng: np.random.Generator, *, open_wide: bool) -> Floats:
    """Probabilities of two or three tokens that decide nothing, the written one the likeliest."""
    if open_wide:
        return np.array([0.34, 0.33, 0.33])
    count = int(rng.integers(2, 4))
    p = rng.uniform(0.05, 0.15, count)
    p[0] = 0.0
    p[0] = 1 - p.sum()
    return p
