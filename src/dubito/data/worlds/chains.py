"""Questions whose answers come from exact languages, each of which has a known entropy."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.answers import worded
from dubito.data.worlds.toy_language import MarkovLanguage, markov_language, plogp
from dubito.evidence import Evidence, Floats, Integers, Sequence


@dataclass(frozen=True, eq=False)
class Exact:
    """N questions: the likeliest answer and K drawn ones, and the entropy over all answers."""

    evidence: tuple[Evidence, ...]  # N
    entropy: Floats  # [N] of whole answers, nats

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same evidence; each question gets another's entropy."""
        changes: dict[str, Any] = {"entropy": rng.permutation(self.entropy)}
        return replace(self, **changes)


def chains(seed: int, *, questions: int = 300, samples: int = 10) -> Exact:
    """One language a question: it ends after a token with probability U(0.1, 0.5).

    Its Dirichlet concentration is log-uniform in [0.05, 2]. The answer is the likeliest of all
    sequences, found exactly, which is kinder to what reads it than greedy search.
    """
    rng = np.random.default_rng(seed)
    evidence, entropy = [], []
    for _ in range(questions):
        concentration = math.exp(rng.uniform(math.log(0.05), math.log(2)))
        language = markov_language(rng, end=rng.uniform(0.1, 0.5), concentration=concentration)
        drawn = tuple(record(language, language.draw(rng)) for _ in range(samples))
        evidence.append(Evidence("?", record(language, language.mode()[0]), drawn))
        entropy.append(language.entropy())
    return Exact(tuple(evidence), np.array(entropy))


def record(language: MarkovLanguage, tokens: Integers) -> Sequence:
    """One sequence with the log-probability of each token and of its end, nats."""
    steps = language.step[tokens[:-1], tokens[1:]]
    p = np.array([language.start[tokens[0]], *steps, language.step[tokens[-1], -1]])
    words = (*(f"w{token}" for token in tokens), "")
    return Sequence(" ".join(words).strip(), tokens=words, logprobs=np.log(p))


def crowds(seed: int, *, questions: int = 300, samples: int = 10) -> Exact:
    """The likeliest answer has probability U(0.4, 0.8); the rest of the mass has few heads or many.

    From 1 to 64 other answers share it, log-uniform in number and by Dirichlet(5). An answer has
    1 to 10 tokens, which know nothing of its probability.
    """
    rng = np.random.default_rng(seed)
    evidence, entropy = [], []
    for _ in range(questions):
        others = round(math.exp(rng.uniform(0, math.log(64))))
        first = rng.uniform(0.4, 0.8)
        rest = np.maximum(rng.dirichlet(np.full(others, 5.0)), 1e-12)
        p = np.array([first, *((1 - first) * rest)])
        said = [worded(words(i, rng), math.log(q), rng) for i, q in enumerate(p)]
        drawn = rng.choice(len(p), size=samples, p=p / p.sum())
        evidence.append(Evidence("?", said[int(p.argmax())], tuple(said[i] for i in drawn)))
        entropy.append(float(plogp(p)))
    return Exact(tuple(evidence), np.array(entropy))


def words(answer: int, rng: np.random.Generator) -> tuple[str, ...]:
    """1 to 10 words that only this answer has."""
    return tuple(f"a{answer}.{i}" for i in range(int(rng.integers(1, 11))))
