"""Agents of many steps: which decide, and how they begin."""

import numpy as np
import pytest

from dubito.data.worlds.step_agents import step_agents, undecided_agents


def chances(world) -> np.ndarray:
    p = np.exp(world.logits) / np.exp(world.logits).sum(axis=-1, keepdims=True)
    return np.take_along_axis(p, world.right[..., None], axis=-1)[..., 0]


def test_what_decides_begins_sure() -> None:
    """Right with e^4 / (e^4 + 7) = .886, or with e^2.5 / (e^2.5 + e^4 + 6) = .167."""
    world = step_agents(0, tasks=400)
    assert (world.decides.sum(axis=1) == 5).all()
    p = chances(world)
    of_task = np.sort(np.where(world.decides, p, np.nan), axis=1)[:, :5].mean(axis=0)
    assert of_task[:2].mean() == pytest.approx(0.167, abs=0.01)
    assert of_task[2:].mean() == pytest.approx(0.886, abs=0.01)
    assert p[~world.decides].mean() == pytest.approx(1 / 8, abs=0.01)
    assert np.ptp(world.logits[~world.decides], axis=-1).max() < 1
    assert world.decides.mean(axis=0).min() > 0.4  # in any order


def test_undecided_steps_all_decide() -> None:
    world = undecided_agents(0, tasks=100)
    assert world.decides.all()
    assert world.logits.shape == (100, 5, 8)
    p = np.sort(chances(world), axis=1).mean(axis=0)
    assert p[:2].mean() == pytest.approx(1 / 8, abs=0.02)
    assert p[2:].min() > 0.8


def test_shuffled_and_unseen() -> None:
    world = step_agents(3)
    null = world.shuffled(np.random.default_rng(0))
    assert null.logits is world.logits
    assert chances(null)[world.decides].mean() < 0.25 < chances(world)[world.decides].mean()
    assert sorted(null.right.tolist()) == sorted(world.right.tolist())
    assert (world.shown, world.unseen().shown) == (True, False)
    assert world.unseen().right is world.right


def test_same_seed_same_world() -> None:
    np.testing.assert_array_equal(step_agents(4).logits, step_agents(4).logits)
    assert not np.array_equal(step_agents(4).right, step_agents(5).right)
