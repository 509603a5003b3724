"""Teachers in common are found again by least squares, and noise is noise."""

import numpy as np
import pytest

from dubito.data.worlds.shared_teachers import APART, GROUP, NOISE, shared_teachers


def test_tasks_of_a_group_want_nearly_the_same() -> None:
    """Squared distance of teachers of one group: 2 * .2 ** 2 on average; of two groups: 2 more."""
    inside, outside = [], []
    for seed in range(30):
        v = shared_teachers(seed, judged=1).teachers.vectors
        for a in range(7):
            for b in range(a):
                (inside if GROUP[a] == GROUP[b] else outside).append(((v[a] - v[b]) ** 2).sum())
    assert np.mean(inside) == pytest.approx(2 * APART**2, rel=0.2)
    assert np.mean(outside) == pytest.approx(2 + 2 * APART**2, rel=0.2)


def test_targets_are_those_of_the_teacher_and_of_the_last_task_noise() -> None:
    world, rng = shared_teachers(0), np.random.default_rng(0)
    for task in (0, 6):
        x, y = world.teachers.draw(task, 50, rng)
        found = np.linalg.lstsq(x, y, rcond=None)[0]
        np.testing.assert_allclose(found, world.teachers.vectors[task])
    x, y = world.teachers.draw(7, 4000, rng)
    assert y.std() == pytest.approx(NOISE, rel=0.05)
    assert abs(np.corrcoef(x.T, y)[-1, :-1]).max() < 0.06
    np.testing.assert_allclose(world.truth, world.judged @ world.teachers.vectors.T)


def test_shuffled_and_seeds() -> None:
    world = shared_teachers(1, judged=5)
    null = world.shuffled(np.random.default_rng(0))
    assert null.teachers is world.teachers
    assert sorted(null.group) == sorted(world.group)
    assert not np.array_equal(null.group, world.group)
    again = shared_teachers(1, judged=5)
    np.testing.assert_array_equal(again.truth, world.truth)
    assert not np.array_equal(shared_teachers(2, judged=5).truth, world.truth)
