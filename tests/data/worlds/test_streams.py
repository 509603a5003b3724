import numpy as np
import pytest

from dubito.data.worlds.streams import streams


def test_half_of_the_streams_change_when_it_is_said() -> None:
    world = streams(0, count=200)
    assert world.reference.shape == (200, 100)
    assert world.scores.shape == (200, 140)
    assert world.change == 80
    assert world.drifted.sum() == 100
    before, after = np.split(world.scores[world.drifted], [80], axis=1)
    # exponential: standard deviation = mean
    assert before.mean() == pytest.approx(1, abs=5 / np.sqrt(8000))
    assert after.mean() == pytest.approx(2.5, abs=5 * 2.5 / np.sqrt(6000))
    assert world.scores[~world.drifted].mean() == pytest.approx(1, abs=5 / np.sqrt(14000))
    assert world.reference.mean() == pytest.approx(1, abs=5 / np.sqrt(20000))
    assert len(np.unique(world.reference)) < 150  # ties


def test_shuffled_moves_the_flags_alone() -> None:
    world = streams(1)
    other = world.shuffled(np.random.default_rng(0))
    assert other.scores is world.scores
    assert other.drifted.sum() == world.drifted.sum()
    assert (other.drifted != world.drifted).any()
