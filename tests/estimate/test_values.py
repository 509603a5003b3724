"""One number worked by hand for each row that reads tokens, samples or the model's own word."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import ESTIMATORS
from dubito.evidence import Evidence, Sequence, TopK

LN2 = math.log(2)
ROWS = {method.id: method for method in ESTIMATORS}


def sample(*p: float) -> Sequence:
    return Sequence(text="?", logprobs=np.log(p))


# Two sentences of one and two tokens: "No." " Yes" and the end token.
ANSWER = Sequence(
    text="No. Yes",
    tokens=("No.", " Yes", "<end>"),
    offsets=np.array([(0, 3), (3, 7), (7, 7)]),
    logprobs=np.log([0.9, 0.8, 0.5]),
    entropies=np.array([1.0, 0.2, 0.6]),
    # a certain token of two, a uniform one, and (.7, .2, .1) of three
    uniform_kl=np.array([0.5, 0.0, 0.324287]),
    uniform_renyi=np.array([LN2, 0.0, -2 * math.log(math.cos(math.pi / 8))]),
    top=TopK(ids=np.array([(0, 1)] * 3), logprobs=np.log([(0.9, 0.05), (0.8, 0.1), (0.5, 0.4)])),
)
EVIDENCE = Evidence(
    prompt="?",
    answer=ANSWER,
    samples=(sample(0.5, 0.2), sample(0.25), sample(1.0, 1.0, 0.5)),
    # pairwise distances of the samples 0, 1, 1; the answer lies 1 from the first two
    embeddings=np.array([(0.0, 1.0), (1.0, 0.0), (1.0, 0.0), (0.0, 1.0)]),
    p_true=0.7,
    stated=0.6,
)

VALUES = {
    # -ln(.9 * .8 * .5) = -ln .36; the end token counts
    "g-nll": 1.021651,
    # 1.021651 / 3
    "perplexity": 0.340550,
    # -ln .5
    "min-token-probability": LN2,
    # a sum of 1.8 over 3 tokens
    "mean-token-entropy": 0.6,
    "max-token-entropy": 1.0,
    # margins .85, .7, .1: (.15 + .3 + .9) / 3
    "probability-margin": 0.45,
    # minus .824287 over 3 tokens
    "self-certainty": -0.274762,
    # -2 ln cos(pi/8) = .158347: -(.693147 + 0 + .158347) / 3
    "renyi-divergence": -0.283831,
    # overlaps sqrt(1/2), 1, cos(pi/8): (2/pi) * (pi/4, 0, pi/8) = 1/2, 0, 1/4
    "fisher-rao": -0.25,
    # sentences (-ln .9) and (-ln .8, -ln .5): (.105361 + .693147) / 2
    "lybl-max-prob": 0.399254,
    # the second sentence has mean .458145: (.105361 + .458145) / 2
    "lybl-average-prob": 0.281753,
    # sentences (1.0) and (.2, .6): half of 1.0 + .6
    "lybl-max-entropy": 0.8,
    # half of 1.0 + .4
    "lybl-average-entropy": 0.7,
    # (ln 10 + ln 4 + ln 2) / 3 = ln(80) / 3
    "sequence-entropy": math.log(80) / 3,
    # (ln(10) / 2 + ln 4 + ln(2) / 3) / 3
    "length-normalised-entropy": (math.log(10) / 2 + math.log(4) + math.log(2) / 3) / 3,
    # three pairs at 0, 1, 1
    "lybl-sample-vr": 2 / 3,
    # 1, 1, 0 from the answer
    "lybl-sample-vro": 2 / 3,
    "p-true": 0.3,
    "verbalised-confidence": 0.4,
}


@pytest.mark.parametrize("name", VALUES)
def test_value(name):
    assert ROWS[name].make()(EVIDENCE).doubt == pytest.approx(VALUES[name], abs=5e-7)


TOKENS = {
    "g-nll": (0.105361, 0.223144, 0.693147),
    "perplexity": (0.105361, 0.223144, 0.693147),
    "min-token-probability": (0.105361, 0.223144, 0.693147),
    "lybl-max-prob": (0.105361, 0.223144, 0.693147),
    "lybl-average-prob": (0.105361, 0.223144, 0.693147),
    "mean-token-entropy": (1.0, 0.2, 0.6),
    "max-token-entropy": (1.0, 0.2, 0.6),
    "lybl-max-entropy": (1.0, 0.2, 0.6),
    "lybl-average-entropy": (1.0, 0.2, 0.6),
    "probability-margin": (0.15, 0.3, 0.9),
    "self-certainty": (-0.5, 0.0, -0.324287),
    "renyi-divergence": (-LN2, 0.0, -0.158347),
    "fisher-rao": (-0.5, 0.0, -0.25),
}


@pytest.mark.parametrize("name", VALUES)
def test_doubt_of_each_token(name):
    tokens = ROWS[name].make()(EVIDENCE).tokens
    assert tokens == (pytest.approx(TOKENS[name], abs=1e-6) if name in TOKENS else None)


# Rising bounds in each token: 1.0..1.5, .2..1.2, .6..0.9
TRUNCATED = replace(EVIDENCE, answer=replace(ANSWER, entropies_upper=np.array([1.5, 1.2, 0.9])))
BOUNDS = {
    # 3.6 over 3 tokens
    "mean-token-entropy": (0.6, 1.2),
    "max-token-entropy": (1.0, 1.5),
    # half of 1.5 + 1.2
    "lybl-max-entropy": (0.8, 1.35),
    # half of 1.5 + 1.05
    "lybl-average-entropy": (0.7, 1.275),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_truncated_entropies_give_bounds(name):
    score = ROWS[name].make()(TRUNCATED)
    assert score.bounds == pytest.approx(BOUNDS[name])
    assert score.doubt == pytest.approx(BOUNDS[name][0])
    assert ROWS[name].make()(EVIDENCE).bounds is None
