import math
from dataclasses import replace

import numpy as np
import pytest

from attentive import spoken
from dubito.estimate import Perplexity
from dubito.estimate.csl import CSL
from dubito.evidence import Evidence

P = [0.5, 0.25, 1.0]  # the last one ends the answer
LN2 = math.log(2)


def ended(*rows: list[float], p: list[float] = P) -> Evidence:
    """Heads whose end token looks at the answer like this; the prompt is one token."""
    looks = np.zeros((1, len(rows), 3, 4))
    looks[0, :, 2, 1:] = rows
    return spoken(["a", " b", "<end>"], p, looks, ended=True)


def test_by_hand():
    """Looks .1 and .3 are shares 1/4 and 3/4 of ln 2 and 2 ln 2; its own weight is left out."""
    score = CSL()(ended([0.1, 0.3, 0.5]))
    assert score.doubt == pytest.approx(1.75 * LN2)
    assert score.tokens == pytest.approx((LN2 / 4, 1.5 * LN2, 0))


def test_heads_that_look_elsewhere_do_not_count():
    """The two heads with the greatest sums, (.1 .7) and (.3 .3): means .2 .5, shares 2/7 5/7."""
    evidence = ended([0.05, 0.0, 0.9], [0.1, 0.7, 0.0], [0.3, 0.3, 0.0])
    one_layer = replace(evidence.answer, attention=evidence.answer.attention)
    assert CSL(heads=42)(replace(evidence, answer=one_layer)).doubt == pytest.approx(
        2 / 7 * LN2 + 5 / 7 * 2 * LN2
    )
    assert CSL(heads=21)(evidence).doubt == pytest.approx(1 / 8 * LN2 + 7 / 8 * 2 * LN2)


def test_even_looks_are_the_mean_surprise_of_what_was_said():
    even, blind = CSL()(ended([0.2, 0.2, 0.6])), CSL()(ended([0, 0, 1]))
    assert even.doubt == pytest.approx(1.5 * LN2)
    assert blind.doubt == pytest.approx(1.5 * LN2)


def test_where_no_end_is_known_the_last_word_looks_at_itself_too():
    looks = np.full((1, 1, 3, 4), 0.25)
    evidence = spoken(["a", " b", " c"], P, looks)
    assert CSL()(evidence).doubt == pytest.approx(Perplexity()(evidence).doubt)
    lone = spoken(["<end>"], [0.5], np.full((1, 1, 1, 2), 0.5), ended=True)
    assert CSL()(lone).doubt == pytest.approx(LN2)


def test_only_the_shape_of_the_looks_counts():
    assert CSL()(ended([0.1, 0.3, 0])).doubt == pytest.approx(CSL()(ended([0.2, 0.6, 0])).doubt)


def test_an_impossible_token_counts_where_it_is_looked_at():
    assert CSL()(ended([0.5, 0, 0], p=[0.5, 0, 1])).doubt == pytest.approx(LN2)
    assert CSL()(ended([0.5, 0.1, 0], p=[0.5, 0, 1])).doubt == math.inf


def test_options_are_checked():
    with pytest.raises(ValueError, match="heads must be at least 1, got 0"):
        CSL(heads=0)
    with pytest.raises(ValueError, match="at least one layer"):
        CSL(depths=())
