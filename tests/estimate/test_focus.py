import math
from dataclasses import replace

import numpy as np
import pytest

from attentive import spoken
from dubito.estimate.candidates import likely_choices, written
from dubito.estimate.focus import Focus, inherited
from dubito.estimate.keywords import is_filler, keyword_tokens
from dubito.estimate.token_idf import TokenIdf, equally_rare, fit_idf
from dubito.evidence import Evidence, Missing, Sequence, TopK

LN2 = math.log(2)
HALF = [[0.5, 0.5], [0.5, 0.5]]
SURE = [[1.0, 0.0], [1.0, 0.0]]


def two_words(*words: str, top: list[list[float]], look: float = 0.0) -> Evidence:
    """The first candidate is written each time; the second token looks back with this weight."""
    heads = np.zeros((1, 2, 2, 3))
    heads[0, 0, 1, 1:] = look, 1 - look
    return spoken(list(words), [row[0] for row in top], heads, top=np.array(top))


def test_own_score_by_hand():
    """One of two equal candidates: -log p = ln 2 and exp(H) = 2; a sure one: 0 and 1."""
    assert Focus()(two_words("a", " b", top=HALF)).doubt == pytest.approx(LN2 + 2)
    assert Focus()(two_words("a", " b", top=SURE)).doubt == pytest.approx(1)


def test_keywords_alone_count():
    """Doubt sits in the filler, "Lima" is sure."""
    top = [[0.5, 0.5], [1.0, 0.0]]
    assert Focus()(two_words("is", " Lima", top=top)).doubt == pytest.approx(1)
    assert Focus()(two_words("is", " lima", top=top)).doubt == pytest.approx((1 + LN2 + 2) / 2)


def test_a_keyword_inherits_what_it_looks_at():
    """ "Lima" looks at "is" (score ln 2 + 2) with weight .4: 1 + .9 * .4 * (ln 2 + 2)."""
    evidence = two_words("is", " Lima", top=[[0.5, 0.5], [1.0, 0.0]], look=0.4)
    assert Focus()(evidence).doubt == pytest.approx(1 + 0.36 * (LN2 + 2))
    assert Focus(gamma=0.0)(evidence).doubt == pytest.approx(1)


def test_doubt_flows_on():
    """Scores 1, 2, 3; keyword 1 looks half back: 2.45; keyword 2: 3 + .9 (.2 * 1 + .3 * 2.45)."""
    looks = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]])
    got = inherited(np.array([1.0, 2, 3]), looks, np.array([1, 2]), gamma=0.9)
    np.testing.assert_allclose(got, [1, 2.45, 3.8415])
    # Token 1 is no keyword and takes over nothing; and only the shape of a row counts.
    got = inherited(np.array([1.0, 2, 3]), 2 * looks, np.array([2]), gamma=0.9)
    np.testing.assert_allclose(got, [1, 2, 3 + 0.9 * (0.2 * 1 + 0.3 * 2)])


def test_what_nobody_looks_at_adds_nothing():
    got = inherited(np.array([np.inf, 2.0]), np.array([[1, 0], [0, 1.0]]), np.array([1]), gamma=0.9)
    assert got.tolist() == [np.inf, 2.0]
    assert inherited(np.ones(2), np.zeros((2, 2)), np.array([1]), gamma=0.9).tolist() == [1, 1]


def test_the_greatest_weight_over_heads_counts():
    """A second head that looks at itself alone: the row (.4, 1), of which .4 / 1.4 looks back."""
    heads = np.zeros((1, 2, 2, 3))
    heads[0, 0, 1, 1:] = 0.4, 0.6
    heads[0, 1, 1, 2] = 1.0
    top = np.array([[0.5, 0.5], [1.0, 0.0]])
    evidence = spoken(["is", " Lima"], [0.5, 1.0], heads, top=top)
    assert Focus()(evidence).doubt == pytest.approx(1 + 0.9 * 0.4 / 1.4 * (LN2 + 2))


def test_unlikely_candidates_are_left_out():
    """p = .9, .095, .005: the third is below .01, the others are .9 / .995 and .095 / .995."""
    top = np.array([[0.9, 0.095, 0.005]])
    evidence = spoken(["a"], [0.9], np.ones((1, 1, 1, 2)), top=top)
    p = np.array([0.9, 0.095]) / 0.995
    expected = -math.log(p[0]) + math.exp(-(p * np.log(p)).sum())
    assert Focus()(evidence).doubt == pytest.approx(expected)
    assert Focus(least=0.0)(evidence).doubt > expected


def test_rarity_corrects():
    """p = (.6, .4), the second candidate three times as rare: p' = (1/3, 2/3)."""
    rare = TokenIdf(np.array([1.0, 3.0]), 1.0)
    evidence = spoken(["a"], [0.6], np.ones((1, 1, 1, 2)), top=np.array([[0.6, 0.4]]))
    p = np.array([1, 2]) / 3
    expected = math.log(3) + math.exp(-(p * np.log(p)).sum())
    assert Focus(rarity=rare)(evidence).doubt == pytest.approx(expected)


def test_idf_by_hand():
    """Four documents; token 0 in all: log 1 + 1; token 1 in one: log 5/2 + 1; 2 in none."""
    idf = fit_idf([[0, 1, 1], [0], [0], [0]], vocabulary=3)
    np.testing.assert_allclose(
        idf(np.array([0, 1, 2, -1, 7])),
        [1, 1 + math.log(2.5), 1 + math.log(5), 1 + math.log(5), 1 + math.log(5)],
    )
    assert equally_rare(np.array([[3, 4]])).tolist() == [[1, 1]]
    for documents, told in (([], "no document"), ([[9]], "vocabulary of 3"), ([[-1]], "from -1")):
        with pytest.raises(ValueError, match=told):
            fit_idf(documents, vocabulary=3)


def test_which_candidate_was_written():
    logp = np.log([[0.5, 0.3], [0.5, 0.5], [0.6, 0.4]])
    got = written(logp, np.log([0.3, 0.5, 0.1]))
    assert got.tolist() == [[False, True], [True, False], [False, False]]


def test_a_written_token_that_is_no_candidate_joins_them():
    """p = .1 beside (.6, .2): 1/9 of the mass, and the id is unknown."""
    answer = Sequence(
        "a",
        ("a",),
        logprobs=np.log([0.1]),
        top=TopK(np.array([[4, 5]]), np.log([[0.6, 0.2]])),
    )
    ids, logp, choice = likely_choices(answer, least=0.01)
    assert ids.tolist() == [[4, 5, -1]]
    np.testing.assert_allclose(np.exp(logp), [[6 / 9, 2 / 9, 1 / 9]])
    assert choice.tolist() == [2]


def test_an_unlikely_written_token_is_a_candidate_and_the_likeliest_is_always_kept():
    p = np.full((1, 3), 0.004)
    p[0, 0] = 0.005
    answer = Sequence(
        "a", ("a",), logprobs=np.log([0.005]), top=TopK(np.array([[1, 2, 3]]), np.log(p))
    )
    assert np.exp(likely_choices(answer, least=0.01)[1]).tolist() == [[1, 0, 0, 0]]
    low = replace(answer, logprobs=np.log([0.004]))
    np.testing.assert_allclose(np.exp(likely_choices(low, least=0.01)[1]), [[5 / 9, 4 / 9, 0, 0]])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["The", " capital", " of", " Peru", " is", " Lima", "."], [3, 5]),
        (["In", " ", "19", "69", ", ", "it", " rained"], [2, 3]),
        (["Li", "ma", "!"], [0, 1]),  # both tokens of a name
        (["it", " is"], []),
    ],
)
def test_keywords_by_rule(words, found):
    evidence = spoken(words, [0.5] * len(words), np.ones((1, 1, len(words), len(words) + 1)))
    assert keyword_tokens(evidence.answer).tolist() == found


def test_fillers():
    assert [is_filler(t) for t in (" The", ",", "", " Lima", "7")] == [True] * 3 + [False] * 2


def test_options_are_checked():
    for bad, told in (
        ({"gamma": 1.0}, "gamma"),
        ({"least": 1.0}, "least"),
        ({"top_k": 1}, "top_k"),
        ({"depths": ()}, "layer"),
    ):
        with pytest.raises(ValueError, match=told):
            Focus(**bad)
    no_offsets = two_words("a", " b", top=HALF)
    with pytest.raises(Missing, match="offsets"):
        Focus()(replace(no_offsets, answer=replace(no_offsets.answer, offsets=None)))
    single = two_words("a", " b", top=[[0.5], [0.5]])
    with pytest.raises(Missing, match="top_k"):
        Focus()(single)
