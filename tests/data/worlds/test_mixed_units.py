"""Three tasks that differ in unit, noise and kind, and share what they are about."""

import numpy as np
import pytest

from dubito.data.worlds.mixed_units import mixed_units


def test_units_and_noise_are_what_they_say() -> None:
    world = mixed_units(0)
    noise = world.labels - world.clean * world.unit
    assert noise[:, :2].std(axis=0) == pytest.approx([0.1, 50.0], rel=0.1)
    assert world.clean.std(axis=0) == pytest.approx([0.75] * 3, abs=0.4)
    assert set(world.labels[:, 2]) == {0.0, 1.0}
    agree = (world.labels[:, 2] == (world.clean[:, 2] > 0)).mean()
    assert 0.75 < agree < 0.97  # the noise of 0.3 turns some


def test_the_tasks_share_what_they_are_about() -> None:
    """A linear map of tanh(1.5 A x) gives each exactly; of x alone it does not."""
    world = mixed_units(1)
    rows = np.concatenate([world.x, world.judged])
    clean = np.concatenate([world.clean, world.truth])
    left = np.linalg.lstsq(rows, clean, rcond=None)[1] / len(rows)
    assert (left / clean.var(axis=0) > 0.02).all()
    assert np.linalg.matrix_rank(clean) == 3


def test_alike_and_shuffled() -> None:
    world = mixed_units(2)
    plain = world.alike()
    noise = plain.labels - plain.clean
    assert noise.std(axis=0) == pytest.approx([0.1] * 3, rel=0.1)
    assert plain.clean is world.clean
    null = world.shuffled(np.random.default_rng(0))
    assert null.clean is world.clean
    assert abs(np.corrcoef(null.truth[:, 0], world.truth[:, 0])[0, 1]) < 0.06


def test_same_seed_same_world() -> None:
    a, b = mixed_units(3, rows=20), mixed_units(3, rows=20)
    np.testing.assert_array_equal(a.labels, b.labels)
    assert not np.array_equal(a.labels, mixed_units(4, rows=20).labels)
