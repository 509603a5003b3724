"""Answers in which each word has a surprise of its own, and only some words betray an error."""

import numpy as np

from dubito.data.worlds.world import Answered, Arms
from dubito.evidence import Evidence, Sequence

FACTS, FILLERS = 10, 20  # words


def mannered(seed: int, *, taught: int = 600, judged: int = 600) -> Arms[Answered, Answered]:
    """Answers to judge, and others with labels; 40% are wrong.

    An answer has 6 to 12 tokens, of which 1 to 3 are among 10 fact words and the rest among 20
    fillers, whether it is right or wrong. A token's surprise is its word's level U(0, 3) plus
    Exp(1) for a filler, Exp(0.3) for a fact that is right, and Exp(1.5) for one that is wrong.
    """
    rng = np.random.default_rng(seed)
    level = rng.uniform(0, 3, size=FACTS + FILLERS)

    def drawn(n: int) -> Answered:
        wrong = rng.random(n) < 0.4
        return Answered(tuple(said(w) for w in wrong), wrong)

    def said(wrong: bool) -> Evidence:
        length = int(rng.integers(6, 13))
        words = FACTS + rng.integers(FILLERS, size=length)
        facts = rng.permutation(length)[: int(rng.integers(1, 4))]
        words[facts] = rng.integers(FACTS, size=len(facts))
        mean = np.where(words < FACTS, 1.5 if wrong else 0.3, 1.0)
        surprise = level[words] + rng.exponential(mean)
        tokens = tuple(f"word{w}" for w in words)
        return Evidence("?", Sequence(" ".join(tokens), tokens, logprobs=-surprise))

    return Arms(drawn(judged), drawn(taught))
