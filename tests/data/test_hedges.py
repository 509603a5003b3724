"""Phrases of doubt are read whole and in their order."""

from dubito.data.hedges import PROBABILITIES, hedges


def test_each_phrase_says_its_own_probability():
    for phrase, p in PROBABILITIES.items():
        assert hedges(phrase) == [p], phrase
        assert hedges(f"Well, {phrase.upper()}, Lima!") == [p], phrase
        assert 0 < p < 1


def test_the_longest_phrase_counts():
    assert hedges("almost certainly, probably not, and likely") == [0.95, 0.25, 0.7]
    assert hedges("most likely unlikely") == [0.85, 0.2]
    assert hedges("") == hedges("Lima is the capital.") == []
