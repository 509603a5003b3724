"""Answers of several sentences, each true or false by itself; `wrong`: at least half are false."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dubito.data.worlds.choices import halved
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Sequence

Sentence = tuple[Floats, bool]  # probability of each first choice [T], and is it false


def keyed_sentence(rng: np.random.Generator) -> Sentence:
    """3 to 20 tokens with p ~ U(0.8, 1), a key with p ~ U(0.2, 0.95); true with probability p."""
    p = rng.uniform(0.2, 0.95)
    first = rng.uniform(0.8, 1, int(rng.integers(3, 21)))
    first[rng.integers(len(first))] = p
    return first, bool(rng.uniform() > p)


def steady_sentence(rng: np.random.Generator) -> Sentence:
    """2 to 40 tokens, log-uniform, all doubtful alike: 1 - p ~ U(0, 2r) with r ~ U(0.02, 0.4).

    False with probability 2r, whatever the length.
    """
    r = rng.uniform(0.02, 0.4)
    length = round(math.exp(rng.uniform(math.log(2), math.log(40))))
    return 1 - 2 * r * rng.uniform(size=length), bool(rng.uniform() < 2 * r)


def paragraphs(
    seed: int, *, sentence: Callable[[np.random.Generator], Sentence], questions: int = 500
) -> Answered:
    """Answers of 1 to 6 such sentences; wrong where at least half of the sentences are false."""
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for _ in range(questions):
        said = [sentence(rng) for _ in range(int(rng.integers(1, 7)))]
        evidence.append(Evidence("?", written([first for first, _ in said])))
        wrong.append(np.mean([false for _, false in said]) >= 0.5)
    return Answered(tuple(evidence), np.array(wrong))


def written(sentences: list[Floats]) -> Sequence:
    """One answer of these sentences: words with their places in the text, a full stop each."""
    ends = np.cumsum([len(s) for s in sentences]) - 1  # last token of each sentence
    record = halved(np.concatenate(sentences))
    words = [f"{w}." if i in ends else w for i, w in enumerate(record.tokens)]
    begins = np.cumsum([0, *(len(w) + 1 for w in words[:-1])])
    offsets = np.column_stack([begins, begins + [len(w) for w in words]])  # [T, 2]
    return replace(record, text=" ".join(words), tokens=tuple(words), offsets=offsets)
