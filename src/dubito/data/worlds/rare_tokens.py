"""Answers whose likelihood says how sure the model is, blurred by few and by rare tokens."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Sequence

RARE = 0.05  # share of tokens, such as names, that are unlikely whatever is known
RARE_SURPRISE = 15.0  # nats


def rare_tokens(seed: int, *, questions: int = 400, samples: int = 10) -> Answered:
    """Knowledge c ~ U(0.05, 1): the answer is wrong with probability 1 - c.

    Answer and samples have 3 to 8 tokens with surprise -2 log c * Exp(1) each, drawn anew for
    every token; one in twenty is a rare word with 15 nats instead.
    """
    rng = np.random.default_rng(seed)
    knowledge = rng.uniform(0.05, 1, questions)
    evidence = []
    for c in knowledge:
        said = [spoken(surprises(c, rng)) for _ in range(1 + samples)]
        evidence.append(Evidence("?", said[0], tuple(said[1:])))
    return Answered(tuple(evidence), rng.uniform(size=questions) > knowledge)


def surprises(knowledge: float, rng: np.random.Generator) -> Floats:
    """Surprise of each token of one answer, [T] nats."""
    length = int(rng.integers(3, 9))
    known = -2 * np.log(knowledge) * rng.exponential(size=length)
    return np.where(rng.uniform(size=length) < RARE, RARE_SURPRISE, known)


def spoken(surprise: Floats) -> Sequence:
    """An answer of such tokens; its words do not matter."""
    words = tuple(f"word{i}" for i in range(len(surprise)))
    return Sequence(" ".join(words), tokens=words, logprobs=-surprise)
