import math
from dataclasses import replace

import numpy as np
import pytest

from attentive import middle
from dubito.estimate import Perplexity
from dubito.estimate.rauq import RAUQ, log_confidence
from dubito.evidence import Layers, Missing
from inputs import rich_evidence
from laws import assert_monotone


def looking_back(*weights: float) -> np.ndarray:
    """Heads [1, H, 2, 3] whose second token looks back with these weights; one prompt token."""
    heads = np.zeros((1, len(weights), 2, 3))
    heads[..., 0, 0] = 1.0
    heads[0, :, 1, 1] = weights
    heads[0, :, 1, 0] = 1 - np.array(weights)
    return heads


def test_by_hand():
    """c = .5, then .2 * .8 + .8 * .6 * .5 = .4: doubt (ln 2 + ln 2.5) / 2."""
    score = RAUQ()(middle(["a", "b"], [0.5, 0.8], looking_back(0.6)))
    assert score.tokens == pytest.approx((math.log(2), math.log(2.5)))
    assert score.doubt == pytest.approx((math.log(2) + math.log(2.5)) / 2)


def test_three_tokens():
    """p = 1 throughout, looks 1/2: c = 1, .2 + .4 = .6, .2 + .8 * .5 * .6 = .44."""
    c = log_confidence(np.zeros(3), np.array([[0.5, 0.5]]), alpha=0.2)
    np.testing.assert_allclose(np.exp(c), [[1.0, 0.6, 0.44]])


def test_the_head_that_looks_back_most_counts():
    one = RAUQ()(middle(["a", "b"], [0.5, 0.8], looking_back(0.6)))
    three = RAUQ()(middle(["a", "b"], [0.5, 0.8], looking_back(0.1, 0.6, 0.3)))
    assert three == one


def test_a_head_is_chosen_by_its_mean():
    """Head 0 looks back with 1, 0, head 1 with .6, .6; c = 1, .68, .2 + .8 * .6 * .68 = .5264."""
    heads = np.zeros((1, 2, 3, 3))
    heads[0, 0, 1, 0] = 1.0
    heads[0, 1, [1, 2], [0, 1]] = 0.6
    score = RAUQ()(middle(["a", "b", "c"], [1, 1, 1], heads))
    assert score.tokens == pytest.approx((0, -math.log(0.68), -math.log(0.5264)))


def test_the_most_doubtful_layer_counts():
    """Looks .6 give c = .4, looks .1 give .16 + .04 = .2."""
    layers = np.concatenate([looking_back(0.6), looking_back(0.1)])
    score = RAUQ()(middle(["a", "b"], [0.5, 0.8], layers))
    assert score.doubt == pytest.approx((math.log(2) + math.log(5)) / 2)


def test_without_attention_in_the_mixture_it_is_the_mean_surprise():
    evidence = rich_evidence(1)
    assert RAUQ(alpha=1.0)(evidence).doubt == pytest.approx(Perplexity()(evidence).doubt)


def test_doubt_falls_the_more_a_head_looks_back():
    def doubt(look: float) -> float:
        return RAUQ()(middle(["a", "b"], [0.9, 0.9], looking_back(look))).doubt

    assert_monotone(doubt, [0.0, 0.2, 0.5, 0.9], falling=True)


def test_certain_and_looking_back_is_no_doubt():
    assert RAUQ()(middle(["a", "b"], [1, 1], looking_back(1.0))).doubt == pytest.approx(0)


def test_tiny_probabilities_do_not_end_at_zero():
    """Two tokens of log-probability -1000: c_2 = (.2 + .8 * 1) e^-1000."""
    evidence = middle(["a", "b"], [1, 1], looking_back(1.0))
    tiny = replace(evidence.answer, logprobs=np.full(2, -1000.0))
    assert RAUQ()(replace(evidence, answer=tiny)).doubt == pytest.approx(1000)


def test_one_token_is_its_surprise():
    evidence = middle(["a"], [0.25], np.ones((1, 1, 1, 2)) / 2)
    assert RAUQ()(evidence).doubt == pytest.approx(math.log(4))


def test_attention_of_another_answer_is_refused():
    evidence = middle(["a", "b"], [0.5, 0.8], looking_back(0.6))
    answer = evidence.answer
    for values, told in (
        (np.ones((1, 1, 3, 4)), "for an answer of 2 tokens"),
        (np.full((1, 1, 2, 3), np.nan), "NaN"),
        (np.full((1, 1, 2, 3), -0.1), "below 0"),
    ):
        broken = replace(answer, attention=Layers((0.5,), values))
        with pytest.raises(ValueError, match=told):
            RAUQ(depths=(0.5,))(replace(evidence, answer=broken))
    with pytest.raises(Missing, match="attention"):
        RAUQ()(replace(evidence, answer=replace(answer, attention=None)))


@pytest.mark.parametrize("alpha", [0.0, -0.1, 1.1])
def test_options_are_checked(alpha):
    with pytest.raises(ValueError, match="alpha"):
        RAUQ(alpha=alpha)
    with pytest.raises(ValueError, match="at least one layer"):
        RAUQ(depths=())
