"""Judges of pairs: order kept, similar lengths together, and which judge a collector has."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from dubito.models.collect import Collector
from dubito.models.encoder import Encoded
from dubito.models.judge import NliJudge
from dubito.models.pairs import NliPairs, WordPairs, pair_judge


@dataclass
class Letters:
    """An encoder whose vectors count letters."""

    calls: list[int] = field(default_factory=list)

    def __call__(self, texts):
        self.calls.append(len(set(texts)))
        return [self.one(t) for t in texts]

    @staticmethod
    def one(text: str) -> Encoded:
        pieces = np.array([[w.count(c) for c in "abcdefgh"] for w in text.split()], dtype=float)
        ends = np.cumsum([len(w) + 1 for w in text.split()])
        spans = [(e - len(w) - 1, e - 1) for e, w in zip(ends, text.split(), strict=True)]
        mean = pieces.mean(axis=0)
        norm = max(float(np.linalg.norm(mean)), 1e-12)
        return Encoded(text, mean / norm, pieces, np.array(spans))


def test_words():
    """Held words: 1. Other numbers: 0. No letter shared: 0. The rest is contradicted."""
    encoder: Any = Letters()
    pairs = [("abc def", "abc"), ("12", "13"), ("ab", "gh"), ("abc", "abc def")]
    got = WordPairs("?", encoder)(pairs)
    assert got == pytest.approx(np.array([[1, 0], [0, 1], [0, 1], [1, 0]]))
    assert WordPairs("?", encoder)([]).shape == (0, 2)
    assert encoder.calls == [6, 0]


@dataclass(frozen=True, slots=True, eq=False)
class Lengths(NliJudge):
    """Says how long premise and hypothesis are."""

    seen: list = field(default_factory=list)

    def read(self, pairs):
        self.seen.append(len(pairs))
        return np.array([(len(a) / 10, len(b) / 10) for a, b in pairs])


def test_cross_encoder_in_batches():
    judge = Lengths(None, None, batch=2)
    got = NliPairs(judge)([("aaa", "b"), ("a", "bb"), ("aaaa", "bbbb")])
    assert got == pytest.approx(np.array([[0.3, 0.1], [0.1, 0.2], [0.4, 0.4]]))
    assert judge.seen == [2, 1]


def test_the_judge_that_a_collector_has():
    encoder: Any = Letters()
    nli = Lengths(None, None)
    found: Any = pair_judge("?", Collector(judge=nli))
    assert found.judge is nli
    found = pair_judge("Who?", Collector(encoder=encoder))
    assert isinstance(found, WordPairs)
    assert found.question == "Who?"
