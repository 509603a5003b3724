import math

import numpy as np
import pytest

from dubito.data.worlds.open_tasks import open_tasks


def test_truth_of_both_kinds() -> None:
    """One right output of .98 + .02 / 40, or eight of .98 / 8 + .02 / 40; the floor on the rest."""
    world = open_tasks(0)
    assert world.truth.sum(axis=1) == pytest.approx(np.ones(60))
    assert world.open.sum() == 30
    ranked = -np.sort(-world.truth, axis=1)
    assert ranked[~world.open, 0] == pytest.approx(0.9805)
    assert ranked[~world.open, 1:] == pytest.approx(0.0005)
    assert ranked[world.open, :8] == pytest.approx(0.123)
    assert ranked[world.open, 8:] == pytest.approx(0.0005)


def test_doubt_is_the_entropy_of_the_truth() -> None:
    """-8 * .123 log .123 - 32 * .0005 log .0005 over log 40, and alike for one right output."""
    world = open_tasks(1)
    many = -8 * 0.123 * math.log(0.123) - 32 * 0.0005 * math.log(0.0005)
    one = -0.9805 * math.log(0.9805) - 39 * 0.0005 * math.log(0.0005)
    assert world.doubt[world.open] == pytest.approx(many / math.log(40))
    assert world.doubt[~world.open] == pytest.approx(one / math.log(40))


def test_examples_are_drawn_from_the_truth() -> None:
    world = open_tasks(0, draws=2000)
    assert (np.bincount(world.task) == 2000).all()
    right = world.truth[world.task, world.output] > 0.01
    expected = 1 - 0.02 * np.where(world.open, 32, 39) / 40  # [C]
    share = np.bincount(world.task, weights=right) / 2000
    assert abs(share.mean() - expected.mean()) < 5 * math.sqrt(0.018 / 120_000)


def test_shuffled_moves_the_doubts_alone() -> None:
    world = open_tasks(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert sorted(mixed.doubt) == sorted(world.doubt)
    assert 0.3 < (mixed.doubt == world.doubt).mean() < 0.7
    assert mixed.truth is world.truth


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1 .. 40, got 41"):
        open_tasks(0, many=41)
