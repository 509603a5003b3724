"""Judges of single pairs of texts: does the premise entail the hypothesis, or contradict it?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dubito.evidence import Floats
from dubito.models.collect import Collector
from dubito.models.encoder import Encoder
from dubito.models.judge import NliJudge, WordJudge


@dataclass(frozen=True, slots=True, eq=False)
class WordPairs:
    """The judge by words, numbers and embeddings: [n, 2], entailment and contradiction.

    What it does not find entailed it calls contradicted; it knows no silence.
    """

    question: str
    encoder: Encoder

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Each text is encoded once."""
        flat = [text for pair in pairs for text in pair]
        encoded = dict(zip(flat, self.encoder(flat), strict=True))
        both = [[encoded[a], encoded[b]] for a, b in pairs]
        verdicts = WordJudge()([self.question] * len(pairs), both)
        return np.array([(yes[0, 1], no[0, 1]) for yes, no in verdicts]).reshape(-1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class NliPairs:
    """The judge by a cross-encoder: [n, 2], entailment and contradiction; the rest is neutral."""

    judge: NliJudge

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Similar lengths are read together."""
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        found = np.zeros((len(pairs), 2))
        for start in range(0, len(order), self.judge.batch):
            some = order[start : start + self.judge.batch]
            found[some] = self.judge.read([pairs[i] for i in some])
        return found


def pair_judge(question: str, collector: Collector) -> WordPairs | NliPairs:
    """The collector's cross-encoder where it has one, else its encoder and words."""
    if isinstance(collector.judge, NliJudge):
        return NliPairs(collector.judge)
    return WordPairs(question, collector.the_encoder())
