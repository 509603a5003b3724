"""One number worked by hand for each row that compares drawn answers or weighs by relevance."""

import math

import numpy as np
import pytest

from dubito.estimate import ESTIMATORS
from dubito.evidence import Evidence, Sequence

MAKE = {method.id: method.make for method in ESTIMATORS}

ENTAILS = np.array(
    [
        # greedy, and samples a, b, c; a and b mean the same
        [1.0, 0.8, 0.6, 0.0],
        [0.8, 1.0, 0.9, 0.0],
        [0.6, 0.7, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
CONTRADICTS = np.array(
    [
        [0.0, 0.0, 0.2, 1.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.2, 0.1, 0.0, 1.0],
        [1.0, 1.0, 1.0, 0.0],
    ]
)


def spoken(text: str, *p: float, relevance: tuple[float, ...] | None = None) -> Sequence:
    return Sequence(
        text=text,
        logprobs=np.log(p),
        relevance=None if relevance is None else np.array(relevance),
    )


# Cosines: greedy-a 1, greedy-b .8, greedy-c 0; a-b .8, a-c 0, b-c .6.
VECTORS = np.array([[1.0, 0.0], [1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])

EVIDENCE = Evidence(
    prompt="?",
    answer=spoken("paris", 0.9, 0.1, relevance=(0.2, 0.8)),
    samples=(
        spoken("paris france", 0.5, 0.5, relevance=(1, 0)),
        spoken("Paris", 0.25, relevance=(1,)),
        spoken("rome", 0.5, 0.125, relevance=(1, 1)),
    ),
    embeddings=VECTORS,
    entailment=ENTAILS,
    contradiction=CONTRADICTS,
)


def binary(p: float) -> float:
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


HAND = {
    # exp(mean logprob): 1/2, 1/4, sqrt(1/16) = 1/4; meanings {a, b} 3/4 and {c} 1/4
    "semantic-entropy": binary(3 / 4),
    "discrete-semantic-entropy": binary(2 / 3),
    "semantic-sets": 2.0,
    # Distances from greedy 0, 0.1, 0.3 (b: .2 + .2 / 2), 1; weights .3 (= sqrt .09), .5, .25, .25:
    # their products sum to .05 + .075 + .25, divided by 1.3
    "semantic-density": 0.375 / 1.3,
    # ROUGE-L 2/3, 0, 0: 1 - 2/9
    "lexical-similarity": 7 / 9,
    # the card's W: Jaccard 1/2, 0, 0
    "degree-matrix": 5 / 9,
    # mean entailment a-b .8, others 0: (9 - 3 - 1.6) / 9
    "degree-matrix-entailment": 4.4 / 9,
    # {a, b} and c are apart; within, eigenvalue 2 * .8 / 1.8 = .889 < .9 keeps all three: sqrt 2
    "eccentricity": math.sqrt(2),
    # one of each part, and what is left of 8/9
    "laplacian-eigenvalues": 2 + 1 / 9,
    # agreement a-b: mean of .9 + .05 and .7 + .1 = .875, others 0; heat in {a, b}: off / diagonal
    # = tanh(.875 * .3); density eigenvalues (1 +- tanh) / 3 and 1/3
    "kernel-language-entropy": -sum(
        x * math.log(x) for x in (1 / 3, (1 + math.tanh(0.2625)) / 3, (1 - math.tanh(0.2625)) / 3)
    ),
    # centred rows (.5, -.5), (.1, -.1), (-.5, .5): one direction, length^2 .5 + .02 + .5 = 1.02
    "eigenscore": (math.log(1.021) + 2 * math.log(1e-3)) / 3,
    # V'V = [[1.64, .48], [.48, 1.36]], det 2.2304 - .2304 = 2; the third eigenvalue is eps
    "semantic-volume": math.log(2) + math.log(1e-10),
    # .2 * 0.105361 + .8 * 2.302585, of the card
    "token-sar": 1.863140,
    # Whole sequences 1/4, 1/4, 1/16: a has 1/4 + 1000 * .8 / 4 = 200.25, b has
    # 1/4 + 1000 * (.2 + .6 / 16) = 237.75, c has 1/16 + 1000 * .6 / 4 = 150.0625
    "sentence-sar": -math.log(200.25 * 237.75 * 150.0625) / 3,
    # token SAR gives p' = 1/2, 1/4, 1/4; a: 1/2 + 200; b: 1/4 + 1000 * (.4 + .15); c: 1/4 + 150
    "sar": -math.log(200.5 * 550.25 * 150.25) / 3,
    # -log .09 * (0 + .2 + 1) / 3
    "cocoa": -math.log(0.09) * 0.4,
}


@pytest.mark.parametrize("row", HAND)
def test_hand_value(row):
    make = MAKE[row]
    estimator = make() if row == "token-sar" else make(samples=3)
    score = estimator(EVIDENCE.only(estimator.plan))
    assert score.doubt == pytest.approx(HAND[row], rel=1e-6, abs=1e-6)
