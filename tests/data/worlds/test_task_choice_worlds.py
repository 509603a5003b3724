"""Digits to label, tasks that help each other, tasks told in words: what is true of them."""

import numpy as np
import pytest

from dubito.data.worlds.digit_pool import digit_pool
from dubito.data.worlds.instructed_tasks import ALWAYS, CHANCE, TELLING, instructed_tasks
from dubito.data.worlds.task_transfers import task_transfers


def test_two_of_each_digit_are_labelled() -> None:
    world = digit_pool(0)
    assert len(world.labels) == 1078
    assert len(world.truth) == 719
    assert np.bincount(world.labels[world.start]).tolist() == [2] * 10
    assert world.pixels.shape == (1078, 64)
    both = np.concatenate([world.pixels, world.judged])
    assert len(np.unique(both, axis=0)) == 1797  # none is in both parts
    with pytest.raises(ValueError, match="fewer than 2 of a kind"):
        digit_pool(0, pictures=20)


def test_digits_get_another_label() -> None:
    world = digit_pool(1)
    null = world.shuffled(np.random.default_rng(0))
    assert null.pixels is world.pixels
    for part, other in ((world.labels, null.labels), (world.truth, null.truth)):
        assert np.bincount(other).tolist() == np.bincount(part).tolist()
        assert abs((part == other).mean() - 0.1) < 0.06


def test_transfer_goes_with_likeness_and_with_the_source() -> None:
    """Var of a transfer: z . z 1/4, generality .35^2, noise .3^2; between rows .35^2 of it."""
    worlds = [task_transfers(seed) for seed in range(30)]
    off = ~np.eye(22, dtype=bool)
    tables = np.stack([world.table for world in worlds]) / 0.1
    assert tables[:, off].var() == pytest.approx(0.25 + 0.35**2 + 0.09, rel=0.1)
    rows, columns = (tables.sum(axis=axis) / 21 for axis in (2, 1))
    assert rows.var(axis=1).mean() > 3 * columns.var(axis=1).mean()
    alike = np.stack([world.similarity for world in worlds])
    np.testing.assert_allclose(alike, alike.transpose(0, 2, 1))
    assert alike[:, off].mean() == pytest.approx(0.5, abs=0.03)
    assert alike[:, off].var() == pytest.approx(0.25**2 / 4 + 0.22**2 / 2, rel=0.1)
    assert np.corrcoef(alike[:, off].ravel(), tables[:, off].ravel())[0, 1] > 0.3
    assert (tables[:, ~off] == 0).all()
    flat = np.stack([task_transfers(seed, generality=0.0).table for seed in range(30)]) / 0.1
    rest = flat.sum(axis=2).var(axis=1).mean() / 21**2
    assert rest < rows.var(axis=1).mean() / 2


def test_shuffled_transfers_stay_with_their_target() -> None:
    world = task_transfers(2)
    null = world.shuffled(np.random.default_rng(0))
    assert null.table is world.table
    assert world.truth is world.table
    np.testing.assert_array_equal(np.diag(null.truth), np.zeros(22))
    np.testing.assert_array_equal(np.sort(null.truth, axis=0), np.sort(world.truth, axis=0))
    off = ~np.eye(22, dtype=bool)
    assert (null.truth[off] == world.truth[off]).mean() < 0.15


def test_words_tell_what_to_do() -> None:
    """A telling task is linear in x; of the others the label is 1, or a coin."""
    pool = instructed_tasks(0).lessons.pool
    assert np.bincount(pool.kind).tolist() == [40, 60, 60]
    for kind, (low, high) in ((TELLING, (0, 16)), (ALWAYS, (16, 20)), (CHANCE, (20, 24))):
        assert set(np.unique(pool.words[pool.kind == kind])) == set(range(low, high))
    assert (pool.y[pool.kind == ALWAYS] == 1).all()
    thrown = pool.y[pool.kind == CHANCE]
    assert abs(thrown.mean() - 0.5) < 5 * 0.5 / thrown.size**0.5
    told = pool.kind == TELLING
    x, y = pool.x[told], 2 * pool.y[told] - 1
    along = np.einsum("tmi,tm->ti", x, y) / x.shape[1]  # about the way of the hidden sum
    agree = np.sign(np.einsum("tmi,ti->tm", x, along)) == y
    assert agree.mean() > 0.9
    both = np.einsum("tmi,ti->tm", x, np.roll(along, 1, axis=0))
    assert (np.sign(both) == y).mean() < 0.75


def test_new_tasks_share_hidden_vectors_with_the_pool() -> None:
    """What each word adds, learnt by least squares from the pool's tasks, tells the new ones."""
    lessons = instructed_tasks(1).lessons
    assert (lessons.judged.kind == TELLING).all()
    assert np.bincount(lessons.pool.kind[lessons.start]).tolist() == [5, 4, 4]
    told = lessons.pool.kind == TELLING

    def bags(words: np.ndarray) -> np.ndarray:
        return (words[:, :, None] == np.arange(16)).sum(axis=1).astype(float)

    x, y = lessons.pool.x[told], 2 * lessons.pool.y[told] - 1
    way = np.einsum("tmi,tm->ti", x, y)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    hidden = np.linalg.lstsq(bags(lessons.pool.words[told]), way, rcond=None)[0]
    new = lessons.judged
    said = np.einsum("tmi,ti->tm", new.x, bags(new.words) @ hidden) > 0
    assert (said == (new.y > 0.5)).mean() > 0.85


def test_a_query_is_told_of_another_task() -> None:
    world = instructed_tasks(2, rows=5, judged=3)
    null = world.shuffled(np.random.default_rng(0))
    assert null.lessons is world.lessons
    assert world.told.tolist() == list(range(160))
    assert sorted(null.told.tolist()) == list(range(160))
    assert (null.told == world.told).mean() < 0.1
