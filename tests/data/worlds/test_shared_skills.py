"""Base tasks and new ones are mixtures of the same four skills."""

import numpy as np
import pytest

from dubito.data.worlds.shared_skills import INPUTS, shared_skills


def test_shapes_and_noise() -> None:
    world = shared_skills(0)
    assert world.lessons.base_x.shape == (6, 1500, INPUTS)
    assert world.lessons.few_y.shape == (6, 20)
    assert world.truth.shape == (6, 600)
    assert world.truth.std() > 0.5


def test_four_skills_explain_every_task() -> None:
    """A mixture of the true skills leaves the noise of 0.1 of a base task, nothing of a truth."""
    rng = np.random.default_rng([0, 72])  # the world's own draws, in its order
    turn = 1.5 * rng.normal(size=(4, INPUTS, 4)) / INPUTS**0.5
    along = rng.normal(size=(4, 4))
    world = shared_skills(0)
    for x, y, left in (
        (world.lessons.base_x, world.lessons.base_y, 0.1),
        (world.lessons.judged, world.truth, 0.0),
    ):
        for rows, told in zip(x, y, strict=True):
            skills = (np.tanh(rows @ turn) * along[:, None]).sum(axis=-1).T  # [n, 4]
            weights = np.linalg.lstsq(skills, told, rcond=None)[0]
            assert (told - skills @ weights).std() == pytest.approx(left, rel=0.1, abs=1e-9)


def test_shuffled_within_a_task() -> None:
    world = shared_skills(1)
    null = world.shuffled(np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(null.truth), np.sort(world.truth))
    assert abs(np.corrcoef(null.truth[0], world.truth[0])[0, 1]) < 0.2
    assert null.lessons is world.lessons


def test_same_seed_same_world() -> None:
    a, b = shared_skills(2, rows=5), shared_skills(2, rows=5)
    np.testing.assert_array_equal(a.truth, b.truth)
    assert not np.array_equal(a.truth, shared_skills(3, rows=5).truth)
