"""Exp3: worked numbers, what does not count, and that it finds the arm that pays."""

import math

import numpy as np
import pytest

from dubito.maths.exp3 import exp3_chances, exp3_learnt

NAN = float("nan")


def test_the_first_step_of_two_arms() -> None:
    """Chances (.5, .5); a reward of 1 adds .2 * 1 / (2 * .5) = .2: exp(.2) = 1.2214."""
    assert exp3_chances(np.zeros(2), exploration=0.2).tolist() == [0.5, 0.5]
    learnt = exp3_learnt(np.zeros(2), [1.0, NAN], exploration=0.2)
    assert math.exp(learnt[0] - learnt[1]) == pytest.approx(1.2214, abs=1e-4)


def test_chances_by_hand() -> None:
    """Weights 3 and 1, exploration .2: .8 * .75 + .1 = .7 and .8 * .25 + .1 = .3."""
    chances = exp3_chances(np.log([3.0, 1.0]), exploration=0.2)
    assert chances.tolist() == pytest.approx([0.7, 0.3])


def test_a_rare_arm_gains_more_from_the_same_reward() -> None:
    """At chances .7 and .3 a reward of .5 adds .2 * .5 / (2 * .7) and .2 * .5 / (2 * .3)."""
    before = np.log([3.0, 1.0])
    gained = exp3_learnt(before, [0.5, 0.5], exploration=0.2) - before
    expected = np.array([0.1 / 1.4, 0.1 / 0.6])
    np.testing.assert_allclose(gained - gained[0], expected - expected[0])


def test_without_a_reward_nothing_changes() -> None:
    before = np.array([0.0, -3.0, -1.0])
    for rewards in ([NAN] * 3, [0.0] * 3):
        np.testing.assert_array_equal(exp3_learnt(before, rewards, exploration=0.3), before)


def test_weights_that_would_overflow() -> None:
    chances = exp3_chances(np.array([1e6, 0.0, 1e6]), exploration=0.3)
    assert chances.tolist() == pytest.approx([0.45, 0.1, 0.45])
    assert exp3_learnt(np.array([1e6, 0.0]), [1.0, NAN], exploration=0.3).max() == 0


def test_at_exploration_1_all_are_alike() -> None:
    assert exp3_chances(np.array([0.0, 50.0]), exploration=1.0).tolist() == [0.5, 0.5]


def test_what_an_arm_gains_on_average_does_not_depend_on_its_chance() -> None:
    """exploration * reward / n: here .2 * (.9, .3, .5) / 3, exactly, over which arm is drawn."""
    before, pays = np.log([6.0, 1.0, 3.0]), np.array([0.9, 0.3, 0.5])
    chances = exp3_chances(before, exploration=0.2)
    mean = np.zeros(3)
    for arm, chance in enumerate(chances):
        told = np.where(np.arange(3) == arm, pays, NAN)
        gained = exp3_learnt(before, told, exploration=0.2) - before
        mean += chance * (gained - gained[(arm + 1) % 3])  # against one that gained nothing
    np.testing.assert_allclose(mean, 0.2 * pays / 3)


def test_it_finds_the_arm_that_pays() -> None:
    """At best 1 - .2 + .2 / 3 = .867 of the draws."""
    rng, logs = np.random.default_rng(0), np.zeros(3)
    for _ in range(600):
        arm = rng.choice(3, p=exp3_chances(logs, exploration=0.2))
        rewards = np.full(3, NAN)
        rewards[arm] = float(arm == 1)
        logs = exp3_learnt(logs, rewards, exploration=0.2)
    assert exp3_chances(logs, exploration=0.2)[1] > 0.85


@pytest.mark.parametrize("exploration", [0.0, -0.1, 1.1, NAN])
def test_refused_explorations(exploration) -> None:
    with pytest.raises(ValueError, match=r"exploration must be above 0 and at most 1, got"):
        exp3_chances(np.zeros(2), exploration=exploration)


@pytest.mark.parametrize("rewards", [[1.5, 0.0], [-0.1, 0.0], [0.5]], ids=["high", "low", "one"])
def test_refused_rewards(rewards) -> None:
    with pytest.raises(ValueError, match=r"2 rewards in \[0, 1\] needed"):
        exp3_learnt(np.zeros(2), rewards, exploration=0.2)
