"""Answers of very different length, with or without a say of the length in right and wrong."""

import math

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence


def any_length(seed: int, *, questions: int = 400, samples: int = 10) -> Answered:
    """A question has a length, 3 to 60 tokens, and a rate of surprise, 0.05 to 1 nats a token.

    Both are log-uniform and know nothing of each other. Tokens of the greedy answer and of the
    samples have surprise Exp(rate); an answer has 0.7 to 1.3 times the question's length. It is
    wrong with probability r^2 / (r^2 + 0.22^2), whatever its length: half at the middle rate.
    """
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.uniform(math.log(0.05), 0, questions))
    length = np.exp(rng.uniform(math.log(3), math.log(60), questions))
    evidence = tuple(
        Evidence("?", steady(r, n, rng), tuple(steady(r, n, rng) for _ in range(samples)))
        for r, n in zip(rate, length, strict=True)
    )
    risk = rate**2 / (rate**2 + 0.22**2)
    return Answered(evidence, rng.uniform(size=questions) < risk)


def steady(rate: float, length: float, rng: np.random.Generator) -> Sequence:
    """An answer of about this many tokens with this mean surprise a token, nats."""
    tokens = max(1, round(length * rng.uniform(0.7, 1.3)))
    words = tuple(f"w{rng.integers(1000)}" for _ in range(tokens))
    return Sequence(" ".join(words), tokens=words, logprobs=-rng.exponential(rate, tokens))
