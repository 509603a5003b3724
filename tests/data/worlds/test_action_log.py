"""Rates, scales and categories are what they are said to be."""

import numpy as np
import pytest

from dubito.data.worlds.action_log import CATEGORIES, RATES, action_log
from dubito.maths.ranking import auroc


def test_rates_and_scales() -> None:
    world = action_log(0)
    labels = np.concatenate([world.y, world.truth])
    assert labels.mean(axis=0).tolist() == pytest.approx(RATES, abs=1e-3)
    spread = np.sort(world.x.std(axis=0))
    assert spread[0] == pytest.approx(1, rel=0.05)
    assert spread[-1] == pytest.approx(30, rel=0.05)
    assert np.array_equal(action_log(0).y, world.y)


def test_tasks_can_be_learnt_and_those_of_a_category_are_kin() -> None:
    """A linear reading finds them; that of a task says more of kin than of others."""
    kin, others = [], []
    for seed in range(10):
        world = action_log(seed)
        x, fresh = world.x / world.x.std(axis=0), world.fresh / world.x.std(axis=0)
        scores = [fresh @ np.linalg.lstsq(x, y - y.mean(), rcond=None)[0] for y in world.y.T]
        assert min(auroc(s, t) for s, t in zip(scores[:4], world.truth[:, :4].T, strict=True)) > 0.6
        for a in range(6):
            for b in range(a):
                alike = abs(np.corrcoef(scores[a], scores[b])[0, 1])
                (kin if CATEGORIES[a] == CATEGORIES[b] else others).append(alike)
    assert np.mean(kin) > np.mean(others) + 0.1


def test_labels_can_be_shuffled() -> None:
    world = action_log(0, learn=50, judge=40)
    other = world.shuffled(np.random.default_rng(0))
    assert np.array_equal(other.x, world.x)
    assert not np.array_equal(other.y, world.y)
    assert np.array_equal(other.truth.sum(axis=0), world.truth.sum(axis=0))
