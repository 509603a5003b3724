import math

import numpy as np
import pytest

from dubito.estimate import ROUGE_L, CoCoA, SequenceProbability
from dubito.evidence import Evidence, Sequence
from inputs import all_different, all_equal, answered, with_logprobs


def test_product_of_its_two_halves():
    """-log(1/8) times the mean of 1 - 2/3 and 1 - 0, by ROUGE-L: log 8 * 2/3 = 2 log 2."""
    samples = tuple(Sequence(text) for text in ("paris france", "rome"))
    e = Evidence("?", Sequence("paris", logprobs=np.log([0.5, 0.25])), samples)
    assert CoCoA(similarity=ROUGE_L)(e).doubt == pytest.approx(2 * math.log(2))


def test_limits():
    """Agreement leaves no doubt; without any it is the surprise of the answer."""
    assert CoCoA()(all_equal()).doubt == pytest.approx(0, abs=1e-12)
    surprise = SequenceProbability()(all_different()).doubt
    assert CoCoA(samples=7)(all_different()).doubt == pytest.approx(surprise)


def test_an_impossible_answer_is_doubted_even_where_samples_agree():
    base = all_equal()
    e = answered(base, with_logprobs(base.answer, -np.inf))
    assert CoCoA()(e).doubt == math.inf


def test_samples_are_compared_with_the_answer_alone():
    """Samples that differ from each other but are the answer's neighbours: nothing changes."""
    vectors = np.array([[1, 0], [0.6, 0.8], [0.6, -0.8]])
    both_sides = np.array([[1, 0], [0.6, 0.8], [0.6, 0.8]])
    answer = Sequence("x", logprobs=np.log([0.5]))
    samples = (Sequence("y"), Sequence("z"))
    for embeddings in (vectors, both_sides):
        e = Evidence("?", answer, samples, embeddings=embeddings)
        assert CoCoA()(e).doubt == pytest.approx(0.4 * math.log(2))


def test_needs_a_sample():
    with pytest.raises(ValueError, match="at least 1"):
        CoCoA(samples=0)
