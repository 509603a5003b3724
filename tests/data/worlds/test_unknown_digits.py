"""Digits of which half have no label: the known can be learnt, the moved are harder."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dubito.data.worlds.unknown_digits import unknown_digits


def test_the_truth_holds() -> None:
    world = unknown_digits(0)
    assert [len(x) for x in (world.known, world.fresh, world.moved, world.unknown)] == [
        600,
        301,
        301,
        896,
    ]
    model = LogisticRegression(max_iter=500).fit(world.known, world.labels)
    assert model.score(world.fresh, world.truth) > 0.95
    assert model.score(world.moved, world.truth) < 0.8
    assert set(world.labels) == set(world.truth) == set(range(5))
    null = world.shuffled(np.random.default_rng(0))
    assert (
        LogisticRegression(max_iter=500).fit(null.known, null.labels).score(null.fresh, null.truth)
        < 0.35
    )  # 0.2 and twice the spread of 301 draws
    assert null.fresh is world.fresh


def test_moved_is_one_column_to_the_right_with_noise() -> None:
    world = unknown_digits(1)
    shift = np.roll(world.fresh.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    noise = world.moved - shift
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(noise.size)
    assert noise.std() == pytest.approx(0.3, rel=0.02)


def test_no_picture_is_in_two_parts() -> None:
    world = unknown_digits(2, learn=100)
    assert len(world.fresh) == 801
    parts = [{row.tobytes() for row in part} for part in (world.known, world.fresh, world.unknown)]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    np.testing.assert_array_equal(world.known, unknown_digits(2, learn=100).known)
    assert not np.array_equal(world.known, unknown_digits(3, learn=100).known)
    for learn in (0, 901):
        with pytest.raises(ValueError, match=f"got {learn}"):
            unknown_digits(0, learn=learn)
