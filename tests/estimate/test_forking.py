"""Forking paths: the card's numbers, total probability in an exact language, exploration."""

import math
from itertools import pairwise

import numpy as np
import pytest

from dubito.data.worlds.toy_language import TreeLanguage, tree_language
from dubito.estimate.asked.forking import (
    Fork,
    drift,
    forking_scores,
    hazards,
    l1,
    l2,
    merge_rare,
    outcomes_along,
    shares,
    survival,
)
from dubito.estimate.asked.forking_paths import ForkingPaths
from dubito.evidence import Sequence, TopK


def test_no_fork() -> None:
    """The same outcome after each token: F 0, S 1, y 0; no other token: hazard 0."""
    forks = [Fork(np.array([0.6, 0.4]), np.array([[0.3, 0.7]] * 2)) for _ in range(4)]
    np.testing.assert_allclose(forking_scores(forks), 0)
    np.testing.assert_allclose(survival(hazards(forks, least=0.5)), 1)
    np.testing.assert_allclose(drift(outcomes_along(forks)), 0)
    alone = [Fork(np.array([1.0]), np.array([[0.3, 0.7]]))]
    assert hazards(alone, least=0) == [0]
    assert ForkingPaths()(forks).doubt == 0


def test_card() -> None:
    """p(w) = .4, outcomes (1, 0) and (0, 1): L1 2, F = .8, hazard .4, S after two .6^2."""
    fork = Fork(np.array([0.6, 0.4]), np.eye(2))
    assert l1(*np.eye(2)) == 2
    assert forking_scores([fork]) == pytest.approx([0.8])
    assert hazards([fork], least=0.5) == pytest.approx([0.4])
    np.testing.assert_allclose(survival(hazards([fork, fork], least=0.5)), [0.6, 0.36])
    score = ForkingPaths()([fork, fork])
    assert score.doubt == pytest.approx(0.64)
    assert score.tokens == pytest.approx((0.8, 0.8))


def test_written_token_need_not_come_first() -> None:
    """Base 1 with p = .6: the other has .4 whatever the order."""
    fork = Fork(np.array([0.4, 0.6]), np.eye(2), base=1)
    assert hazards([fork], least=0.5) == pytest.approx([0.4])


def test_drift_by_hand() -> None:
    rows = np.array([[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(drift(rows), [0, math.sqrt(0.5)])
    np.testing.assert_allclose(drift(rows, l1), [0, 1])
    assert l2(rows[0], rows[1]) == pytest.approx(0.707107, abs=1e-6)


def test_probabilities_are_scaled_over_the_followed_tokens() -> None:
    """.45 and .3 of a whole vocabulary: .6 and .4 of the two."""
    fork = Fork(np.array([0.45, 0.3]), np.eye(2))
    np.testing.assert_allclose(fork.mixture, [0.6, 0.4])
    assert forking_scores([fork]) == pytest.approx([0.8])


def test_the_threshold_of_a_hazard_counts() -> None:
    """Distances .4 and 1: at least .4 both, at least .5 one, and never the written token."""
    fork = Fork(np.array([0.5, 0.3, 0.2]), np.array([[1, 0], [0.8, 0.2], [0.5, 0.5]]))
    found = [float(hazards([fork], least=e)[0]) for e in (0, 0.399, 0.5, 1.01)]
    assert found == pytest.approx([0.5, 0.5, 0.2, 0])


@pytest.mark.parametrize(
    ("p", "outcomes", "base"),
    [
        ([0.5], np.eye(2), 0),
        ([0.5, 0.5], [[1, 1], [0, 1]], 0),
        ([1, -1], np.eye(2), 0),
        ([0.5, 0.5], np.eye(2), 2),
        ([0, 0], np.eye(2), 0),
    ],
)
def test_no_distributions_are_refused(p, outcomes, base) -> None:
    with pytest.raises(ValueError, match="tokens"):
        Fork(np.array(p), np.array(outcomes), base)


def exact_forks(language: TreeLanguage) -> list[Fork]:
    """The forks of the greedy text with all tokens kept; the outcome is the last token."""
    size, length = language.vocabulary, len(language.tables)
    joint = np.exp(language.sequence_logprobs()).reshape((size,) * length)
    forks, written = [], ()
    for token in language.greedy():
        here = joint[written]  # [V, ..., V]
        by = here.reshape(size, -1, size).sum(axis=1) if here.ndim > 1 else np.diag(here)
        p = by.sum(axis=1)
        forks.append(Fork(p, by / p[:, None], base=int(token)))
        written = (*written, int(token))
    return forks


def test_total_probability_in_an_exact_language() -> None:
    """The written token's row at t - 1 is the mixture at t; the first mixture is the marginal."""
    language = tree_language(np.random.default_rng(3), vocabulary=3, length=5, concentration=0.7)
    forks = exact_forks(language)
    for before, after in pairwise(forks):
        np.testing.assert_allclose(before.outcomes[before.base], after.mixture, atol=1e-12)
    p = np.exp(language.sequence_logprobs()).reshape(-1, 3).sum(axis=0)
    np.testing.assert_allclose(outcomes_along(forks)[0], p)
    np.testing.assert_allclose(forks[-1].outcomes, np.eye(3))


def test_rare_outcomes_are_merged() -> None:
    """Peaks .6, .05, .5: the second never above .1; with at most one kept, the first."""
    rows = np.array([[0.6, 0.05, 0.35], [0.5, 0.0, 0.5]])
    merged, kept = merge_rare(rows)
    np.testing.assert_array_equal(kept, [0, 2])
    np.testing.assert_allclose(merged, [[0.6, 0.35, 0.05], [0.5, 0.5, 0]])
    merged, kept = merge_rare(rows, most=1)
    np.testing.assert_allclose(merged, [[0.6, 0.4], [0.5, 0.5]])
    np.testing.assert_allclose(merged.sum(axis=1), 1)


def test_shares() -> None:
    np.testing.assert_allclose(shares([0, 2, 2, 2], 3), [0.25, 0, 0.75])
    for wrong in ([], [3], [-1]):
        with pytest.raises(ValueError, match=r"0 to 2|negative"):
            shares(wrong, 3)


def test_change_is_told_where_the_text_is_long_enough() -> None:
    """Eight positions whose outcome jumps in the middle; four are too few to say."""
    before, after = (np.array([1.0]), np.array([[0.6, 0.4]])), (np.array([1.0]), np.eye(2)[:1])
    forks = [Fork(*before)] * 4 + [Fork(*after)] * 4
    assert ForkingPaths()(forks).parts["changed"] > 0.9
    assert ForkingPaths()(forks[:4]).parts == {}
    with pytest.raises(ValueError, match="at least one"):
        ForkingPaths()([])


def test_exploration_follows_the_likely_tokens() -> None:
    """Tokens 7 (.7), 8 (.2), 9 (.04) then 5 (.9), 6 (.1): 9 is dropped; 8 leads elsewhere."""
    with np.errstate(divide="ignore"):
        top = TopK(np.array([[7, 8, 9], [5, 6, -1]]), np.log([[0.7, 0.2, 0.04], [0.9, 0.1, 0.0]]))
    asked = []

    def go_on(begun):
        asked.extend(begun)
        return [["tails"] * 3 if b[0] == 8 else ["heads", "heads", "tails"] for b in begun]

    answer = Sequence("heads", ("he", "ads"), top=top)
    forks = ForkingPaths().explore(answer, go_on, ("heads", "tails").index, 2)
    assert asked == [(7,), (8,), (7, 5), (7, 6)]
    np.testing.assert_allclose(forks[0].outcomes, [[2 / 3, 1 / 3], [0, 1]])
    np.testing.assert_allclose(forks[0].probability, [7 / 9, 2 / 9])
    np.testing.assert_allclose(forks[1].outcomes, [[2 / 3, 1 / 3]] * 2)


def test_an_unlikely_written_token_is_followed_all_the_same() -> None:
    top = TopK(np.array([[7, 8]]), np.log([[0.04, 0.03]]))
    answer = Sequence("x", ("x",), top=top)
    forks = ForkingPaths().explore(answer, lambda begun: [["x"] for _ in begun], "x".index, 1)
    np.testing.assert_allclose(forks[0].probability, [1])
