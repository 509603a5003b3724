import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from dubito.estimate import DiscreteSemanticEntropy, SemanticEntropy, SemanticSets
from dubito.evidence import Evidence, Missing, Sequence

ROWS = (SemanticEntropy, DiscreteSemanticEntropy, SemanticSets)


def evidence(meanings: str, p: list[list[float]], texts: str | None = None) -> Evidence:
    """One letter a sample names its meaning, another its text; the greedy answer means nothing."""
    entails = np.array([[a == b for b in "!" + meanings] for a in "!" + meanings], dtype=float)
    samples = tuple(
        Sequence(text, logprobs=np.log(q))
        for text, q in zip(texts or "0123456789"[: len(p)], p, strict=True)
    )
    greedy = Sequence("greedy", logprobs=np.log([0.5]))
    return Evidence("?", greedy, samples, entailment=entails)


def shannon(*weights: float) -> float:
    p = np.array(weights) / sum(weights)
    return float(-(p * np.log(p)).sum())


def test_mass_of_meanings_not_of_samples():
    """p .5 and .25 mean the same, .25 another: H(3/4, 1/4) and not H(.5, .25, .25)."""
    e = evidence("aab", [[0.5], [0.25], [0.25]])
    assert SemanticEntropy()(e).doubt == pytest.approx(shannon(3, 1))
    assert DiscreteSemanticEntropy()(e).doubt == pytest.approx(shannon(2, 1))
    assert SemanticSets()(e).doubt == 2


def test_length_normalisation():
    """Tokens .5, .5, .5 against one of .25: means weigh 1/2 and 1/4, sequences 1/8 and 1/4."""
    e = evidence("ab", [[0.5, 0.5, 0.5], [0.25]])
    assert SemanticEntropy()(e).doubt == pytest.approx(shannon(2, 1))
    assert SemanticEntropy(length_normalised=False)(e).doubt == pytest.approx(shannon(1, 2))


def test_repeated_texts_count_once_by_likelihood_and_each_by_frequency():
    """x is drawn three times with p = .6, y once with .3: H(2/3, 1/3); counts 3 and 1."""
    thrice = evidence("aaab", [[0.6], [0.6], [0.6], [0.3]], "xxxy")
    once = evidence("ab", [[0.6], [0.3]], "xy")
    assert SemanticEntropy()(thrice).doubt == pytest.approx(shannon(2, 1))
    assert SemanticEntropy()(thrice).doubt == pytest.approx(SemanticEntropy()(once).doubt)
    assert DiscreteSemanticEntropy()(thrice).doubt == pytest.approx(shannon(3, 1))


def test_a_text_in_two_tokenisations_stands_for_the_likelier():
    """x as .2 and as .6, y as .3, in both orders: H(2/3, 1/3)."""
    for first, second in ((0.2, 0.6), (0.6, 0.2)):
        e = evidence("aab", [[first], [second], [0.3]], "xxy")
        assert SemanticEntropy()(e).doubt == pytest.approx(shannon(2, 1))


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("p", [1.0, 0.9999, 1e-5, 1e-300])
def test_never_below_zero(p, normalised):
    """One meaning: exactly 0, however likely; many texts of one meaning too."""
    e = evidence("aaaa", [[p, p], [p], [p, p, p], [p]])
    assert SemanticEntropy(length_normalised=normalised)(e).doubt == 0
    assert DiscreteSemanticEntropy()(e).doubt == 0
    assert SemanticSets()(e).doubt == 1


def test_most_when_all_differ_and_are_equally_likely():
    e = evidence("abcdefg", [[0.3]] * 7)
    for estimator in (SemanticEntropy(), DiscreteSemanticEntropy()):
        assert estimator(e).doubt == pytest.approx(math.log(7))
    assert SemanticSets()(e).doubt == 7


def test_long_unlikely_answers_do_not_underflow():
    """exp(-2000) and exp(-2001) against each other: H of a logistic of 1."""
    e = evidence("ab", [[math.exp(-20)] * 100, [math.exp(-20)] * 99 + [math.exp(-21)]])
    doubt = SemanticEntropy(length_normalised=False)(e).doubt
    assert doubt == pytest.approx(shannon(math.e, 1))


@pytest.mark.parametrize("transposed", [False, True])
def test_one_direction_of_entailment_is_not_a_meaning(transposed):
    one_way = np.eye(3)
    one_way[1, 2] = 1.0
    e = evidence("ab", [[0.5], [0.5]])
    e = replace(e, entailment=one_way.T if transposed else one_way)
    assert SemanticSets()(e).doubt == 2
    assert SemanticEntropy()(e).doubt == pytest.approx(math.log(2))


def test_threshold_is_used():
    e = evidence("ab", [[0.5], [0.5]])
    e = replace(e, entailment=np.full((3, 3), 0.6))
    for make in ROWS:
        assert make()(e).doubt < make(threshold=0.7)(e).doubt


def test_the_greedy_answer_is_not_a_draw():
    """It means the same as both samples, which do not mean the same: they stay apart."""
    e = evidence("ab", [[0.5], [0.5]])
    bridge = np.eye(3)
    bridge[0, :] = bridge[:, 0] = 1.0
    assert SemanticSets()(replace(e, entailment=bridge)).doubt == 2


def test_equal_counts_tie_to_the_last_bit():
    """Unsorted, the terms of 7, 2 and 1 add up to two neighbouring floats."""
    doubts = {
        DiscreteSemanticEntropy()(evidence("a" * n + "b" * m + "c" * k, [[0.5]] * 10)).doubt
        for n, m, k in permutations((7, 2, 1))
    }
    assert len(doubts) == 1


def test_an_impossible_sample_weighs_nothing_and_all_are_missing():
    assert SemanticEntropy()(evidence("ab", [[0.5], [0.5]])).doubt > 0
    with np.errstate(divide="ignore"):
        one = evidence("ab", [[0.5], [0.0]])
        none = evidence("ab", [[0.0], [0.0]])
    assert SemanticEntropy()(one).doubt == 0
    with pytest.raises(Missing, match="probability 0"):
        SemanticEntropy()(none)


def test_bad_judgements_are_refused():
    e = evidence("ab", [[0.5], [0.5]])
    for make in ROWS:
        with pytest.raises(ValueError, match="2 rows for 3 answers"):
            make()(replace(e, entailment=np.eye(2)))
        with pytest.raises(ValueError, match="NaN"):
            make()(replace(e, entailment=np.full((3, 3), np.nan)))
        with pytest.raises(ValueError, match=r"at least 2 .* got 1"):
            make(samples=1)
        with pytest.raises(Missing, match="1 samples"):
            make()(evidence("a", [[0.5]]))
