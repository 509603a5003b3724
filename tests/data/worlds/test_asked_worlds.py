"""Worlds that are asked again: what they say of themselves is so."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import entr

from dubito.data.worlds.concepts import SHOTS, concept_tasks, one_task
from dubito.data.worlds.forks import FIRST, LAST, forked_texts
from dubito.data.worlds.selection import corpus, probability_given_time


def test_learner_is_calibrated() -> None:
    """A Bayesian's mean entropy at no shot is that of the mean law, and it falls to the truth's."""
    world = concept_tasks(0, tasks=60)
    assert world.distinct.shape == (len(SHOTS), 60, 6, 3)
    np.testing.assert_allclose(world.distinct.sum(axis=-1), 1)
    within = entr(world.distinct).sum(axis=-1).mean(axis=(1, 2))  # [S]
    assert (np.diff(within) < 0.02).all()
    assert abs(within[-1] - world.irreducible.mean()) < 0.05


def test_without_shots_all_sets_are_equal_and_copies_begin_alike() -> None:
    distinct, copies, _ = one_task(np.random.default_rng(0), (8, 10, 3))
    np.testing.assert_allclose(distinct[0], distinct[0, :1].repeat(6, axis=0))
    np.testing.assert_allclose(distinct[:2], copies[:2])
    assert not np.allclose(distinct[2:], copies[2:])


def test_one_concept_needs_no_demonstration() -> None:
    distinct, _, entropy = one_task(np.random.default_rng(0), (1, 4, 3))
    np.testing.assert_allclose(entr(distinct).sum(axis=-1), entropy)


def test_forks_are_where_they_are_said_to_be() -> None:
    """Tokens that decide nothing: equal means; the fork: .95 and .05, within 5 sd."""
    world = forked_texts(0, texts=300, continuations=50)
    assert world.place.min() >= FIRST
    assert world.place.max() <= LAST
    fork = np.array([o[t] for o, t in zip(world.outcomes, world.place, strict=True)])  # [N, 2, 2]
    sd = np.sqrt(0.95 * 0.05 / (300 * 50))
    np.testing.assert_allclose(fork[:, :, 0].mean(axis=0), [0.95, 0.05], atol=5 * sd)
    before = [o[0][:, 0].mean() for o in world.outcomes]
    after = [o[-1][:, 0].mean() for o in world.outcomes]
    assert abs(np.mean(before) - 0.59) < 0.02
    assert abs(np.mean(after) - 0.95) < 0.01
    assert (world.token_entropy().argmax(axis=1) != world.place).all()


def test_no_fork_is_none() -> None:
    world = forked_texts(0, texts=20, forked=False)
    assert (world.place == -1).all()
    assert abs(np.mean([o[-1][:, 0].mean() for o in world.outcomes]) - 0.59) < 0.05


@pytest.mark.parametrize("link", [0.4, 0.0])
def test_selection_has_its_analytic_law(link: float) -> None:
    """P(1 | time) in ten slices of time, within 5 sd; half of the sentences show the gender."""
    world = corpus(0, link=link)
    edges = np.linspace(-1, 1, 11)
    for a, b in pairwise(edges):
        rows = (world.time >= a) & (world.time < b)
        expected = probability_given_time((a + b) / 2, link=link)
        assert abs(world.gender[rows].mean() - expected) < 5 * np.sqrt(0.25 / rows.sum()) + 0.005
    assert probability_given_time(-1) == pytest.approx(1 / 6)
    np.testing.assert_array_equal(np.sign(world.cue)[world.cue > 0], world.gender[world.cue > 0])
    assert abs((world.cue == 0).mean() - 0.5) < 0.02


def test_shuffling_cuts_the_link() -> None:
    world = corpus(0).shuffled(np.random.default_rng(1))
    assert abs(np.corrcoef(world.time, world.gender)[0, 1]) < 0.03
