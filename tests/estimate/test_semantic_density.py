import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import SemanticDensity
from dubito.evidence import Evidence, Missing, Sequence


def evidence(texts: str, p: list[list[float]], far: list[float]) -> Evidence:
    """The first text is the greedy answer; `far` is each sample's distance, by contradiction."""
    contradicts = np.zeros((len(texts), len(texts)))
    contradicts[0, 1:] = contradicts[1:, 0] = far
    spoken = [Sequence(text, logprobs=np.log(q)) for text, q in zip(texts, p, strict=True)]
    return Evidence(
        "?",
        spoken[0],
        tuple(spoken[1:]),
        entailment=1 - contradicts,
        contradiction=contradicts,
    )


def test_card():
    """w = (.5, .25, .25), K = (1, .8, .1): density .725."""
    e = evidence("abc", [[0.5], [0.25], [0.25]], [0.2, 0.9])
    assert SemanticDensity()(e).doubt == pytest.approx(1 - 0.725)


def test_neutral_is_half_way():
    """One sample, w = 1/2 each: contradiction .2, neutral .4: d = .4, density (1 + .6) / 2."""
    e = evidence("ab", [[0.5], [0.5]], [0.0])
    judged = replace(e, entailment=np.full((2, 2), 0.4), contradiction=np.full((2, 2), 0.2))
    assert SemanticDensity()(judged).doubt == pytest.approx(0.2)
    neutral = replace(e, entailment=np.zeros((2, 2)), contradiction=np.zeros((2, 2)))
    assert SemanticDensity()(neutral).doubt == pytest.approx(0.25)


def test_limits():
    """Only the answer itself: 0. All others contradict: 1 - its share of the likelihood."""
    assert SemanticDensity()(evidence("aa", [[0.5], [0.5]], [1.0])).doubt == 0
    alone = evidence("abc", [[0.5], [0.2], [0.1]], [1.0, 1.0])
    assert SemanticDensity()(alone).doubt == pytest.approx(1 - 5 / 8)


def test_weights_are_of_the_mean_token():
    """Tokens .25, 1 -> 1/2 and .5 -> 1/2: the sample's share is 1/2, not 2/3."""
    e = evidence("ab", [[0.25, 1.0], [0.5]], [1.0])
    assert SemanticDensity()(e).doubt == pytest.approx(1 / 2)


def test_duplicates_and_scale_change_nothing():
    e = evidence("abc", [[0.5], [0.25], [0.25]], [0.2, 0.9])
    again = evidence(
        "abcbba", [[0.5], [0.25], [0.25], [0.25], [0.25], [0.5]], [0.2, 0.9, 0.2, 0.2, 0]
    )
    assert SemanticDensity()(again).doubt == pytest.approx(SemanticDensity()(e).doubt)
    smaller = evidence("abc", [[0.05], [0.025], [0.025]], [0.2, 0.9])
    assert SemanticDensity()(smaller).doubt == pytest.approx(SemanticDensity()(e).doubt)


def test_the_answers_own_text_is_near_whatever_the_judge_says():
    """Also where a sample says it in a likelier tokenisation: weights .8 and .2."""
    e = evidence("aab", [[0.4], [0.8], [0.2]], [1.0, 1.0])
    e = replace(e, contradiction=np.ones((3, 3)), entailment=np.zeros((3, 3)))
    assert SemanticDensity()(e).doubt == pytest.approx(0.2)


def test_directions():
    """.2 as premise and .6 as hypothesis: .4 both ways, .2 one way; half the likelihood."""
    e = evidence("ab", [[0.5], [0.5]], [0.0])
    one_way = np.array([[0, 0.2], [0.6, 0]])
    e = replace(e, contradiction=one_way, entailment=1 - one_way)
    assert SemanticDensity()(e).doubt == pytest.approx(0.2)
    assert SemanticDensity(one_direction=True)(e).doubt == pytest.approx(0.1)


def test_what_cannot_be_measured():
    with np.errstate(divide="ignore"):
        impossible = evidence("ab", [[0.0], [0.0]], [1.0])
    with pytest.raises(Missing, match="probability 0"):
        SemanticDensity()(impossible)
    one = evidence("ab", [[0.5], [0.5]], [1.0])
    with pytest.raises(Missing, match="no contradiction"):
        SemanticDensity()(replace(one, contradiction=None))
    assert math.isfinite(SemanticDensity(samples=1)(one).doubt)
    with pytest.raises(ValueError, match="at least 1"):
        SemanticDensity(samples=0)
