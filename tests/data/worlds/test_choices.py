"""What is planted in the worlds of single answers holds, counted five deviations wide."""

import numpy as np
import pytest

from dubito.data.worlds.choices import VOCABULARY, chosen, one_open_choice, rivals, spills
from dubito.data.worlds.lengths import any_length
from dubito.data.worlds.paragraphs import keyed_sentence, paragraphs, steady_sentence, written
from dubito.estimate.sentence_doubt import sentences
from dubito.evidence import Floats, Sequence


def near(counted: np.ndarray, chance: Floats | float) -> bool:
    """Whether the mean of n flags is that of their chances."""
    p = np.broadcast_to(chance, counted.shape)
    return abs(counted.mean() - p.mean()) < 5 * np.sqrt((p * (1 - p)).sum()) / len(p)


def first(answer: Sequence) -> Floats:
    return np.exp(answer.logprobs)


def test_a_planted_distribution_by_hand() -> None:
    """(0.5, 0.3) leave 0.2 to 198: H = 0.5 log 2 - 0.3 log 0.3 - 0.2 log(0.2 / 198)."""
    answer = chosen(np.array([0.5]), np.array([0.3]))
    assert answer.entropies == pytest.approx(0.346574 + 0.361192 + 1.379539, abs=1e-5)
    assert np.exp(answer.top.logprobs) == pytest.approx(np.array([[0.5, 0.3]]))
    assert answer.top.ids.tolist() == [[0, 1]]
    # sum sqrt(p / V): (0.707107 + 0.547723 + 198 * 0.0317821) / 14.142136 = 0.533704
    assert answer.uniform_renyi == pytest.approx(-2 * np.log(0.533704), abs=1e-4)


def test_the_second_likeliest_may_be_one_of_the_tail() -> None:
    """0.6 over 198 is 0.00303 each, above a rival of 0.001."""
    top = chosen(np.array([0.399]), np.array([0.001])).top
    assert top.ids[0, 0] == 0
    assert top.ids[0, 1] > 1
    assert np.exp(top.logprobs[0, 1]) == pytest.approx(0.6 / (VOCABULARY - 2))


def test_the_open_choice_alone_decides() -> None:
    world = one_open_choice(0, questions=2000)
    sure = np.array([(first(e.answer) >= 0.8).sum() for e in world.evidence])
    length = np.array([len(e.answer.tokens) for e in world.evidence])
    assert (length - sure <= 1).all()
    assert length.min() == 5
    assert length.max() == 40
    least = np.array([first(e.answer).min() for e in world.evidence])
    clear = least < 0.8  # the deciding token is seen
    assert near(world.wrong[clear], 1 - least[clear])
    assert near(world.wrong, 1 - 0.575)  # the mean of U(0.2, 0.95)
    assert abs(np.corrcoef(length, world.wrong)[0, 1]) < 5 / np.sqrt(2000)


def test_only_the_rival_can_be_right_instead() -> None:
    """Right is an answer with the product of its first choices' shares of the two."""
    world = rivals(0, questions=1000)
    likely = [np.exp(e.answer.top.logprobs) for e in world.evidence]  # [T, 2] each
    clear = np.array([(e.answer.top.ids[:, 1] == 1).all() for e in world.evidence])
    assert clear.mean() > 0.7
    right = np.array([np.prod(p[:, 0] / p.sum(axis=1)) for p in likely])
    assert near(world.wrong[clear], 1 - right[clear])
    tail = np.concatenate([1 - p.sum(axis=1) for p in likely])
    assert 0.29 < tail.mean() < 0.31
    assert tail.max() < 0.61


def test_foreign_answers_have_more_tail_and_the_same_head() -> None:
    world = spills(0, questions=1000)
    assert world.wrong.sum() == 500
    least = np.array(
        [np.log10(np.median(1 - np.exp(e.answer.top.logprobs).sum(1))) for e in world.evidence]
    )
    gap = least[world.wrong].mean() - least[~world.wrong].mean()
    assert gap == pytest.approx(np.log10(2.5), abs=5 * 0.45 * np.sqrt(2 / 500))
    share = np.array(
        [
            np.exp(e.answer.top.logprobs[:, 1] - e.answer.top.logprobs[:, 0]).mean()
            for e in world.evidence
        ]
    )
    assert abs(share[world.wrong].mean() - share[~world.wrong].mean()) < 0.05
    assert share.mean() == pytest.approx(0.5, abs=0.02)


def test_length_says_nothing_of_right_and_wrong() -> None:
    world = any_length(0, questions=2000, samples=2)
    length = np.array([len(e.answer.tokens) for e in world.evidence])
    assert abs(np.corrcoef(np.log(length), world.wrong)[0, 1]) < 5 / np.sqrt(2000)
    assert length.min() >= 2
    assert length.max() <= 78
    # Half are wrong at the middle of log-uniform rates: sqrt(0.05) = 0.2236.
    assert near(world.wrong, 0.5)
    assert len(world.evidence[0].samples) == 2


@pytest.mark.parametrize("sentence", [keyed_sentence, steady_sentence])
def test_sentences_are_false_as_often_as_planted(sentence) -> None:
    rng = np.random.default_rng(0)
    drawn = [sentence(rng) for _ in range(3000)]
    false = np.array([f for _, f in drawn])
    assert all((p > 0.19).all() and (p <= 1).all() for p, _ in drawn)
    expected = 1 - 0.575 if sentence is keyed_sentence else 0.42  # mean 1 - p; twice mean r
    assert near(false, expected)


def test_paragraphs_are_wrong_when_half_of_their_sentences_are_false() -> None:
    """Sentences false with 0.42 each: of n, at least half are, by the binomial law; n = 1 to 6."""
    from scipy.stats import binom

    world = paragraphs(0, sentence=steady_sentence, questions=800)
    law = np.mean([binom.sf(np.ceil(n / 2) - 1, n, 0.42) for n in range(1, 7)])
    assert near(world.wrong, float(law))


def test_tokens_stand_where_their_sentence_is() -> None:
    answer = written([np.array([0.9, 0.8]), np.array([0.7]), np.array([0.6, 0.5, 0.4])])
    assert answer.text == "w0 w0. w0. w0 w0 w0."
    cut = [answer.text[a:b] for a, b in answer.offsets]
    assert cut == list(answer.tokens)
    assert sentences(answer.text, answer.offsets).tolist() == [0, 0, 1, 2, 2, 2]
