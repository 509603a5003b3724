from collections.abc import Callable

import numpy as np
import pytest

from dubito.data.worlds.chains import Exact, chains, crowds, record
from dubito.data.worlds.toy_language import markov_language


def test_a_record_holds_the_language_s_own_probability() -> None:
    language = markov_language(np.random.default_rng(0), vocabulary=3)
    tokens = np.array([2, 0, 1, 1])
    shown = record(language, tokens)
    assert np.sum(shown.logprobs) == pytest.approx(language.logprob(tokens))
    assert shown.tokens == ("w2", "w0", "w1", "w1", "")
    assert shown.text == "w2 w0 w1 w1"


@pytest.mark.parametrize("make", [chains, crowds])
def test_drawn_answers_have_the_entropy_that_is_told(make: Callable[..., Exact]) -> None:
    """Mean -log p of all draws against the mean exact entropy, five standard errors wide."""
    world = make(0, questions=200, samples=20)
    drawn = np.array([[-np.sum(s.logprobs) for s in e.samples] for e in world.evidence])
    error = drawn - world.entropy[:, None]
    assert abs(error.mean()) < 5 * error.std() / np.sqrt(error.size)


@pytest.mark.parametrize("make", [chains, crowds])
def test_the_answer_is_the_likeliest(make: Callable[..., Exact]) -> None:
    for e in make(1, questions=50).evidence:
        best = np.sum(e.answer.logprobs)
        assert best >= max(np.sum(s.logprobs) for s in e.samples) - 1e-9


def test_shuffled_permutes_the_entropies_alone() -> None:
    world = chains(2, questions=20)
    other = world.shuffled(np.random.default_rng(0))
    assert other.evidence is world.evidence
    assert sorted(other.entropy) == sorted(world.entropy)
    assert (other.entropy != world.entropy).any()


def test_the_likeliest_answer_knows_little_of_its_crowd() -> None:
    """Entropy varies with the number of others at one and the same greatest probability."""
    world = crowds(3, questions=500)
    best = np.array([np.exp(np.sum(e.answer.logprobs)) for e in world.evidence])
    assert best.min() > 0.39
    assert best.max() < 0.81
    alike = world.entropy[abs(best - 0.6) < 0.02]
    # From log 2 - 0.02 for one other to that and 0.4 log 64 for a crowd.
    assert alike.min() < 0.75
    assert alike.max() > 1.9
