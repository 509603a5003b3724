"""What a group shares is found again, and noise is what is left."""

import numpy as np

from dubito.data.worlds.grouped_targets import GROUPS, NOISE, grouped_targets


def test_rows_of_every_task() -> None:
    world = grouped_targets(0, learn=50, judge=20)
    assert np.bincount(world.learn.task).tolist() == [50] * 6
    assert np.bincount(world.judge.task).tolist() == [20] * 6
    again = grouped_targets(0, learn=50, judge=20)
    assert np.array_equal(world.judge.y, again.judge.y)


def test_tasks_of_a_group_are_alike() -> None:
    """Linear fits of tasks: those of a group point the same way more than those of two."""
    inside, outside = [], []
    for seed in range(10):
        rows = grouped_targets(seed, learn=2000).learn
        fits = []
        for task in range(6):
            mine = rows.task == task
            fit = np.linalg.lstsq(rows.x[mine], rows.y[mine], rcond=None)[0]
            fits.append(fit / np.linalg.norm(fit))
        likeness = np.array(fits) @ np.array(fits).T
        for a in range(6):
            for b in range(a):
                (inside if GROUPS[a] == GROUPS[b] else outside).append(likeness[a, b])
    assert np.mean(inside) > np.mean(outside) + 0.3
    assert abs(np.mean(outside)) < 0.15


def test_noise_is_small_beside_the_target() -> None:
    rows = grouped_targets(0).learn
    assert rows.y.var() > 50 * NOISE**2


def test_shuffled_within_each_task() -> None:
    world = grouped_targets(0, learn=50, judge=20)
    other = world.shuffled(np.random.default_rng(0))
    for now, then in ((other.learn, world.learn), (other.judge, world.judge)):
        assert np.array_equal(now.x, then.x)
        assert not np.array_equal(now.y, then.y)
        for task in range(6):
            mine = now.task == task
            assert sorted(now.y[mine]) == sorted(then.y[mine])
