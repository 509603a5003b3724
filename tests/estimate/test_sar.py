import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import SAR, Perplexity, SentenceSAR, SequenceEntropy, Similarity, TokenSAR
from dubito.estimate.sar import supported_surprise
from dubito.evidence import Evidence, Plan, Sequence
from inputs import all_different, rich_evidence


def answer(p: list[float], relevance: list[float]) -> Sequence:
    return Sequence("x", logprobs=np.log(p), relevance=np.array(relevance))


def token_sar(p: list[float], relevance: list[float]) -> float:
    return TokenSAR()(Evidence("?", answer(p, relevance))).doubt


def test_card():
    """.2 * 0.105361 + .8 * 2.302585 = 1.863140, and the terms are shown for each token."""
    score = TokenSAR()(Evidence("?", answer([0.9, 0.1], [0.2, 0.8])))
    assert score.doubt == pytest.approx(1.863140, abs=1e-6)
    assert score.tokens == pytest.approx((0.2 * 0.105361, 0.8 * 2.302585), abs=1e-6)
    assert sum(score.tokens) == pytest.approx(score.doubt)


@pytest.mark.parametrize("relevance", [1.0, 0.03, 0.0])
def test_equal_relevances_are_the_mean_surprise(relevance):
    s = answer([0.9, 0.1, 0.4], [relevance] * 3)
    assert TokenSAR()(Evidence("?", s)).doubt == pytest.approx(Perplexity()(Evidence("?", s)).doubt)


def test_relevance_is_normalised_and_follows_its_token():
    """Scaled relevances change nothing; exchanged ones weigh the other token."""
    assert token_sar([0.9, 0.1], [2, 8]) == pytest.approx(1.863140, abs=1e-6)
    assert token_sar([0.9, 0.1], [8, 2]) == pytest.approx(0.8 * 0.105361 + 0.2 * 2.302585, abs=1e-6)
    assert token_sar([0.9, 0.1, 0.5], [0, 1, 0]) == pytest.approx(-math.log(0.1))


def test_impossible_tokens():
    with np.errstate(divide="ignore"):
        assert token_sar([0.5, 0.0], [1, 1]) == math.inf
        assert token_sar([0.5, 0.0], [1, 0]) == pytest.approx(math.log(2))


def test_sentences_of_the_card():
    """p = (.5, .2), S = .8, t = .001: -log(.5 + 800 * .2) and -log(.2 + 800 * .5)."""
    got = supported_surprise(np.log([0.5, 0.2]), np.array([[1, 0.8], [0.8, 1]]), t=1e-3)
    np.testing.assert_allclose(got, [-5.078294, -5.991964], atol=1e-6)
    assert got.mean() == pytest.approx(-5.535129, abs=1e-6)


def test_without_similarity_both_are_means_of_their_parts():
    evidence = all_different(7)
    plain = SequenceEntropy(samples=7)(evidence).doubt
    assert SentenceSAR(samples=7)(evidence).doubt == pytest.approx(plain)
    each = [TokenSAR()(Evidence("?", s)).doubt for s in evidence.samples]
    assert SAR(samples=7)(evidence).doubt == pytest.approx(np.mean(each))


def test_own_similarity_does_not_count():
    """Whatever stands on the diagonal."""
    logp = np.log([0.5, 0.2, 0.1])
    w = np.full((3, 3), 0.3)
    np.testing.assert_allclose(
        supported_surprise(logp, w, t=0.1),
        supported_surprise(logp, w + np.diag([0.7, 0.1, 9]), t=0.1),
    )


def test_likes_lower_the_surprise_by_their_probability():
    """Sample 0 is like 1 or like 2: the likelier friend helps more."""
    logp = np.log([0.1, 0.5, 0.2])
    like = {k: np.eye(3) for k in (1, 2)}
    for k, w in like.items():
        w[0, k] = w[k, 0] = 0.9
    with_one = supported_surprise(logp, like[1], t=0.01)[0]
    with_two = supported_surprise(logp, like[2], t=0.01)[0]
    assert with_one == pytest.approx(-math.log(0.1 + 45))
    assert with_two == pytest.approx(-math.log(0.1 + 18))


def test_long_answers_do_not_underflow():
    """p = exp(-2000) each, S = .5, t = 1: 2000 - log 1.5."""
    got = supported_surprise(np.array([-2000.0, -2000]), np.full((2, 2), 0.5), t=1.0)
    np.testing.assert_allclose(got, 2000 - math.log(1.5))


def test_whole_sequences_in_one_and_relevant_tokens_in_the_other():
    """Equal relevances: SAR sees mean surprises, SentenceSAR their sums."""
    alike = Similarity(lambda _: np.ones((3, 3)), Plan())
    two = (answer([0.5, 0.5], [1, 1]), answer([0.5, 0.5], [1, 1]))
    e = Evidence("?", two[0], two)
    at = SAR(t=1, similarity=alike)(e).doubt
    assert at == pytest.approx(-math.log(1 / 2 + 1 / 2))
    assert SentenceSAR(t=1, similarity=alike)(e).doubt == pytest.approx(-math.log(1 / 4 + 1 / 4))


def test_shuffled_relevance_changes_sar_but_not_sentence_sar():
    evidence = rich_evidence(9)
    shuffled = replace(
        evidence,
        samples=tuple(replace(s, relevance=s.relevance[::-1]) for s in evidence.samples),
    )
    assert SAR()(shuffled).doubt != pytest.approx(SAR()(evidence).doubt)
    assert SentenceSAR()(shuffled) == SentenceSAR()(evidence)


@pytest.mark.parametrize("make", [SAR, SentenceSAR])
def test_bad_options(make):
    with pytest.raises(ValueError, match="t must be above 0"):
        make(t=0)
    with pytest.raises(ValueError, match="samples must be at least 2"):
        make(samples=1)
