"""Arms with pairs of them: who is judged how often, and by which law."""

import numpy as np
import pytest

from dubito.data.worlds.hidden_arms import hidden_arms
from dubito.data.worlds.preferred_arms import preferred_arms


def test_few_arms_have_most_pairs() -> None:
    """First draws: 20 of 10 common arms' 20 and 20 others' 1 / (10 + 1); no arm meets itself."""
    world = preferred_arms(0, problems=200)
    assert (world.chosen != world.rejected).all()
    pairs = np.stack([world.chosen, world.rejected])
    common = (pairs < 10).mean()
    # Of two draws without return: 10 / 11, then about 9 / 10 or 10 / 10.95 of the rest.
    assert common == pytest.approx(
        (10 / 11 + (10 / 11 * 9 / 10 + 1 / 11 * 10 / 10.95)) / 2, abs=5e-3
    )


def test_the_better_arm_wins_by_the_bradley_terry_law() -> None:
    world = preferred_arms(1, problems=300)
    won, lost = (
        np.take_along_axis(world.reward, a, axis=1) for a in (world.chosen, world.rejected)
    )
    gap = np.abs(won - lost)
    expected = (1 / (1 + np.exp(-gap))).mean()
    assert (won > lost).mean() == pytest.approx(expected, abs=5 * 0.5 / gap.size**0.5)


def test_shuffled_arms_are_worth_another_ones_reward() -> None:
    world = preferred_arms(2)
    null = world.shuffled(np.random.default_rng(0))
    assert null.chosen is world.chosen
    np.testing.assert_array_equal(np.sort(null.reward), np.sort(world.reward))
    assert not np.array_equal(null.reward, world.reward)


def test_the_best_arm_is_hidden() -> None:
    world = hidden_arms(0, problems=50)
    assert world.reference.sum(axis=1) == pytest.approx(1)
    assert (world.reference[:, -1] == 0.003).all()
    assert (world.reward[:, -1] == 2).all()
    assert world.reward[:, :-1].std() == pytest.approx(0.5, rel=0.1)
    null = world.shuffled(np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(null.reward), np.sort(world.reward))
    assert (null.reward[:, -1] == 2).mean() < 0.2


def test_a_judge_of_what_is_drawn() -> None:
    """Arms as often as the policy plays them; arm 1 beats arm 0 with 1 / (1 + e^-1)."""
    world = hidden_arms(0, problems=4000, arms=3)
    reward = np.tile([0.0, 1.0, 5.0], (4000, 1))
    world = type(world)(reward, world.reference, seed=0)
    policy = np.tile([0.5, 0.5, 0.0], (4000, 1))
    pairs = world.judged(policy, np.random.default_rng(1)).reshape(-1, 2)
    assert pairs.shape == (20000, 2)
    assert (pairs == 2).sum() == 0
    assert (pairs == 1).mean() == pytest.approx(0.5, abs=0.015)
    other = pairs[pairs[:, 0] != pairs[:, 1]]
    assert (other[:, 0] == 1).mean() == pytest.approx(1 / (1 + np.exp(-1)), abs=0.025)


def test_same_seed_same_world_and_refusals() -> None:
    np.testing.assert_array_equal(preferred_arms(3).chosen, preferred_arms(3).chosen)
    np.testing.assert_array_equal(hidden_arms(3).reward, hidden_arms(3).reward)
    with pytest.raises(ValueError, match="of 5 arms"):
        preferred_arms(0, arms=5)
