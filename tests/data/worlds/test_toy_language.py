import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from dubito.data.worlds.toy_language import (
    MarkovLanguage,
    TreeLanguage,
    markov_language,
    tree_language,
    trees,
)

# First token .6 / .4; after the first .5 / .5, after the second 1 - 1e-9 / 1e-9.
FOOLED = TreeLanguage(
    (np.log([[0.6, 0.4]]), np.log([[0.5, 0.5], [1 - 1e-9, 1e-9]])),
)


def a_tree(seed: int = 0, concentration: float = 0.5) -> TreeLanguage:
    rng = np.random.default_rng(seed)
    return tree_language(rng, vocabulary=3, length=4, concentration=concentration)


def test_a_tree_where_greedy_fails() -> None:
    """Greedy takes .6 * .5 = .3; the mode is .4 * 1: the numbers of the card g-nll."""
    assert FOOLED.greedy()[0] == 0
    assert FOOLED.mode().tolist() == [1, 0]
    assert -FOOLED.record(FOOLED.greedy()).logprobs.sum() == pytest.approx(1.203973, abs=1e-6)
    assert -FOOLED.record(FOOLED.mode()).logprobs.sum() == pytest.approx(0.916291, abs=1e-6)


def test_greedy_reads_the_whole_prefix() -> None:
    """Each greedy token is the likeliest of its own row: the row that its record reads."""
    for seed in range(5):
        tree = a_tree(seed)
        said = tree.greedy()
        row = 0
        for table, token in zip(tree.tables, said, strict=True):
            assert table[row].max() == table[row, token]
            row = 3 * row + token
        best = [t.max(axis=1).max() for t in tree.tables]
        assert (tree.record(said).logprobs <= np.array(best)).all()


def test_entropy_by_hand() -> None:
    """H = H(.6, .4) + .6 log 2 + .4 * 0 = .673012 + .415888."""
    assert FOOLED.entropy() == pytest.approx(1.088900, abs=1e-6)


@pytest.mark.parametrize("concentration", [0.03, 0.5, 2.0])
def test_all_sequences_sum_to_one(concentration: float) -> None:
    p = np.exp(a_tree(1, concentration).sequence_logprobs())
    assert len(p) == 3**4
    assert p.sum() == pytest.approx(1)


def test_a_record_adds_up_to_its_sequence() -> None:
    tree = a_tree()
    for index, tokens in enumerate(product(range(3), repeat=4)):
        logprobs = tree.record(np.array(tokens)).logprobs
        assert logprobs is not None
        assert logprobs.sum() == pytest.approx(tree.sequence_logprobs()[index])


def test_entropies_of_the_steps_sum_to_that_of_the_sequence() -> None:
    """The chain rule: the mean over drawn sequences of summed step entropies is the entropy."""
    tree = a_tree()
    p = np.exp(tree.sequence_logprobs())
    steps = [tree.record(np.array(t)).entropies.sum() for t in product(range(3), repeat=4)]
    assert p @ np.array(steps) == pytest.approx(tree.entropy())


def test_statistics_of_a_step_against_scipy() -> None:
    record = FOOLED.record(np.array([0, 1]))
    p, u = [0.6, 0.4], [0.5, 0.5]
    assert record.entropies[0] == pytest.approx(stats.entropy(p))
    assert record.uniform_kl[0] == pytest.approx(stats.entropy(u, p))
    overlap = math.sqrt(0.3) + math.sqrt(0.2)  # sum sqrt(p u)
    assert record.uniform_renyi[0] == pytest.approx(-2 * math.log(overlap))
    assert record.uniform_renyi[1] == pytest.approx(0)


def test_draws_follow_the_law() -> None:
    tree = a_tree(2, 2.0)
    drawn = tree.draw(np.random.default_rng(0), 20000)
    count = np.bincount(drawn @ np.array([27, 9, 3, 1]), minlength=81)
    p = np.exp(tree.sequence_logprobs())
    assert stats.chisquare(count, 20000 * p).pvalue > 1e-3


def test_the_greedy_answers_probability_is_its_chance_to_be_right() -> None:
    """Counted over 600 questions, two-sided, 5 standard errors wide."""
    world = trees(0, questions=600, length=3, samples=1)
    p = np.array([math.exp(e.answer.logprobs.sum()) for e in world.evidence])
    error = math.sqrt((p * (1 - p)).sum()) / len(p)
    assert abs((~world.wrong).mean() - p.mean()) < 5 * error


def test_same_seed_same_world() -> None:
    first, second = trees(3, questions=5), trees(3, questions=5)
    assert first.wrong.tolist() == second.wrong.tolist()
    texts = [[s.text for s in e.samples] for e in first.evidence]
    assert texts == [[s.text for s in e.samples] for e in second.evidence]
    assert texts != [[s.text for s in e.samples] for e in trees(4, questions=5).evidence]


def test_shuffling_moves_the_labels_alone() -> None:
    world = trees(0, questions=40)
    mixed = world.shuffled(np.random.default_rng(1))
    assert mixed.evidence is world.evidence
    assert mixed.wrong.sum() == world.wrong.sum()
    assert mixed.wrong.tolist() != world.wrong.tolist()


# One token that goes on with .75: lengths are geometric.
COIN = MarkovLanguage(np.array([1.0]), np.array([[0.75, 0.25]]))


def test_geometric_language_in_closed_form() -> None:
    """Mean length 1 / .25 = 4; entropy is 4 times H(.75, .25) = 4 * .562335 = 2.249341."""
    assert COIN.mean_length() == pytest.approx(4)
    assert COIN.entropy() == pytest.approx(2.249341, abs=1e-6)
    assert COIN.logprob(np.array([0, 0])) == pytest.approx(math.log(0.75 * 0.25))
    mode, logprob = COIN.mode()
    assert mode.tolist() == [0]
    assert logprob == pytest.approx(math.log(0.25))


def every_sequence(language: MarkovLanguage, longest: int) -> list[np.ndarray]:
    v = range(len(language.start))
    return [np.array(t) for n in range(1, longest + 1) for t in product(v, repeat=n)]


@pytest.mark.parametrize("seed", range(4))
def test_markov_truth_against_enumeration(seed: int) -> None:
    language = markov_language(np.random.default_rng(seed), vocabulary=3, end=0.6)
    sequences = every_sequence(language, 8)
    logp = np.array([language.logprob(s) for s in sequences])
    p = np.exp(logp)
    assert p.sum() == pytest.approx(1 - 0.4**8)  # each step ends with .6, so 8 steps miss .4^8
    assert language.entropy() == pytest.approx(-(p * logp).sum(), rel=0.01)
    mode, best = language.mode()
    assert best == pytest.approx(logp.max())
    assert mode.tolist() == sequences[int(logp.argmax())].tolist()


def test_markov_mode_may_be_longer_than_one() -> None:
    """Token 0 hardly ends: best is 0 1 with .9 * .9 * .9, against .1 * .9 for 1 alone."""
    step = np.array([[0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
    mode, best = MarkovLanguage(np.array([0.9, 0.1]), step).mode()
    assert mode.tolist() == [0, 1]
    assert best == pytest.approx(3 * math.log(0.9))


def test_markov_draws_have_the_mean_surprise_of_the_entropy() -> None:
    language = markov_language(np.random.default_rng(0))
    rng = np.random.default_rng(1)
    surprise = -np.array([language.logprob(language.draw(rng)) for _ in range(3000)])
    error = surprise.std() / math.sqrt(len(surprise))
    assert abs(surprise.mean() - language.entropy()) < 5 * error
