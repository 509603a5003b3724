"""Passages by words and by meaning."""

import math

import numpy as np
import pytest

from dubito.models.encoder import Encoded
from dubito.models.retrieval import MeaningIndex, WordIndex, with_passages

PASSAGES = [
    "The capital of Peru is Lima.",
    "The capital of France is Paris.",
    "Lima beans are grown in Peru and in Peru alone.",
    "Nothing to see.",
]


def test_rare_words_decide() -> None:
    index = WordIndex(PASSAGES)
    assert index(["What is the capital of France?"], 1) == [[PASSAGES[1]]]
    assert index(["Where are beans grown?", "Lima, capital"], 1) == [[PASSAGES[2]], [PASSAGES[0]]]


def test_the_formula_of_bm25() -> None:
    """One word in one of two passages of two words: idf ln(1 + 1.5/1.5) times tf 1/(1 + 1.5)."""
    index = WordIndex(["alpha beta", "gamma delta"])
    _, scores = index.index.retrieve(index.words(["alpha"]), k=1, show_progress=False)
    assert scores[0, 0] == pytest.approx(math.log(2) / 2.5, rel=1e-6)


def test_what_shares_no_word_is_not_found() -> None:
    index = WordIndex(PASSAGES)
    assert index(["zzz"], 3) == [[]]
    assert len(index(["beans"], 3)[0]) == 1
    assert index([], 3) == []


def test_repeated_and_empty_passages_are_kept_once_or_not() -> None:
    assert WordIndex(["alpha one", " alpha one ", ""]).passages == ["alpha one"]
    with pytest.raises(ValueError, match="no passage"):
        WordIndex(["", "  "])
    with pytest.raises(ValueError, match="at least 1"):
        WordIndex(PASSAGES)(["Lima"], 0)


class Compass:
    """An encoder in the plane: the first number in a text is its angle in degrees."""

    def __call__(self, texts: list[str]) -> list[Encoded]:
        angles = [math.radians(float(t.split()[0])) for t in texts]
        vectors = [np.array([math.cos(a), math.sin(a)]) for a in angles]
        none = np.zeros((0, 2))
        return [Encoded(t, v, none, none) for t, v in zip(texts, vectors, strict=True)]


def test_the_nearest_meaning_comes_first() -> None:
    index = MeaningIndex(["0 east", "90 north", "180 west"], Compass())  # type: ignore[arg-type]
    assert index(["80 degrees", "130 degrees"], 2) == [
        ["90 north", "0 east"],
        ["90 north", "180 west"],
    ]
    assert len(index(["1"], 9)[0]) == 3
    assert index([], 2) == []


def test_passages_stand_before_the_question() -> None:
    assert with_passages("Who?", []) == "Who?"
    assert with_passages("Who?", ["A.", "B."]) == "Facts:\nA.\nB.\n\nQuestion: Who?"
