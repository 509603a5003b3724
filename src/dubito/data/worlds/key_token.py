"""Answers in which one token decides and the rest is filler."""

import math

import numpy as np

from dubito.data.worlds.answers import Judge
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Sequence

WRONG = 4  # wrong answers to each question
TIGHT = Judge(spread=0.35, common=0.65)  # cosine about 0.9 within a meaning, 0.3 across


def key_token(seed: int, *, questions: int = 400, samples: int = 5) -> Answered:
    """Knowledge c ~ U(0, 1): a drawn answer is right with probability c, else one of 4 wrong ones.

    The wrong share 1 - c by Dirichlet(0.5). An answer has 4 to 13 tokens: one key token with
    -log p(answer) and relevance U(0.4, 0.8) at a random place, and fillers with relevance
    U(0.01, 0.05) whose surprise Exp(1) * LogNormal(0, 0.5) knows nothing of right and wrong. The
    answer is drawn like the samples, so it is wrong with probability 1 - c.
    """
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for _ in range(questions):
        c = rng.uniform(0.001, 0.999)
        p = np.array([c, *((1 - c) * np.maximum(rng.dirichlet(np.full(WRONG, 0.5)), 1e-9))])
        meanings = rng.choice(1 + WRONG, size=1 + samples, p=p / p.sum())
        said = [keyed(math.log(p[m]), f"a{m}", rng) for m in meanings]
        entailment, contradiction = TIGHT.read(meanings, rng)
        evidence.append(
            Evidence(
                "?",
                said[0],
                tuple(said[1:]),
                embeddings=TIGHT.embed(meanings, rng),
                entailment=entailment,
                contradiction=contradiction,
            )
        )
        wrong.append(meanings[0] != 0)
    return Answered(tuple(evidence), np.array(wrong))


def keyed(logprob: float, key: str, rng: np.random.Generator) -> Sequence:
    """An answer of 4 to 13 tokens whose key token has this log-probability, nats."""
    length = int(rng.integers(4, 14))
    place = int(rng.integers(length))
    surprise = rng.exponential(size=length) * rng.lognormal(0, 0.5, size=length)
    relevance: Floats = rng.uniform(0.01, 0.05, size=length)
    surprise[place] = -logprob
    relevance[place] = rng.uniform(0.4, 0.8)
    words = tuple(key if i == place else f"filler{rng.integers(1000)}" for i in range(length))
    return Sequence(" ".join(words), tokens=words, logprobs=-surprise, relevance=relevance)


def one_doubtful_token(seed: int, *, questions: int = 500) -> Answered:
    """Greedy answers of 1 to 10 tokens and an end token, right or wrong by one token alone.

    The deciding token has p ~ U(0.2, 1) and is right with probability p; all others and the end
    have p ~ U(0.97, 1). The length says nothing about right and wrong.
    """
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.2, 1, questions)
    evidence = []
    for chance in p:
        length = int(rng.integers(1, 11))
        logprobs = np.log(rng.uniform(0.97, 1, length + 1))
        logprobs[rng.integers(length)] = math.log(chance)
        words = (*(f"w{i}" for i in range(length)), "")
        evidence.append(Evidence("?", Sequence(" ".join(words).strip(), words, logprobs=logprobs)))
    return Answered(tuple(evidence), rng.uniform(size=questions) > p)
