"""Answers that draw on their prompt or on habit, with their likelihood without the prompt."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence

GAIN = 4.0  # nats that the prompt adds to a content token of an answer that rests on it wholly


def habits(seed: int, *, questions: int = 400, fillers: int = 0) -> Answered:
    """Grounding g ~ U(0, 1): an answer is wrong with probability 1 - g.

    A content token, of 3 to 6, has surprise r * Exp(1) with r ~ LogNormal(0, 0.7) for how rare the
    question's words are, which knows nothing of right and wrong, and entropy U(4, 6). Without the
    prompt it is less likely by g * GAIN * Exp(1) + N(0, 0.5) nats. `fillers` more tokens repeat
    the question: entropy U(0, 1), surprise 0.1 * Exp(1), and without the prompt less likely by
    q * Exp(1), q ~ Exp(4) for how much of a question is repeated, whatever is answered.
    """
    rng = np.random.default_rng(seed)
    grounding = rng.uniform(size=questions)
    evidence = tuple(habitual(g, fillers, rng) for g in grounding)
    return Answered(evidence, rng.uniform(size=questions) > grounding)


def habitual(grounding: float, fillers: int, rng: np.random.Generator) -> Evidence:
    """One answer: its fillers, then its content."""
    content = int(rng.integers(3, 7))
    surprise = rng.lognormal(0, 0.7) * rng.exponential(size=content)
    gain = grounding * GAIN * rng.exponential(size=content) + rng.normal(0, 0.5, size=content)
    copied = 0.1 * rng.exponential(size=fillers)
    repeats = rng.exponential(4.0) * rng.exponential(size=fillers)
    words = (*(f"filler{i}" for i in range(fillers)), *(f"word{i}" for i in range(content)))
    prior = np.concatenate([copied + repeats, surprise + gain])
    answer = Sequence(
        " ".join(words),
        tokens=words,
        logprobs=-np.concatenate([copied, surprise]),
        entropies=np.concatenate([rng.uniform(0, 1, fillers), rng.uniform(4, 6, content)]),
        unconditional=-np.maximum(prior, 0.0),
    )
    return Evidence("?", answer)
