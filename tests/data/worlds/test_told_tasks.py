"""The prompt tells the task, the row itself does not."""

import numpy as np
import pytest

from dubito.data.worlds.told_tasks import told_tasks


def test_each_task_adds_rank_two_and_six_atoms_make_them_all() -> None:
    tasks = told_tasks(0).tasks
    assert [np.linalg.matrix_rank(c) for c in tasks.changes] == [2] * 8
    assert np.linalg.matrix_rank(tasks.changes.reshape(8, -1)) <= 6
    assert told_tasks(0).truth.std() == pytest.approx(2**0.5, rel=0.4)


def test_prompts_tell_the_task() -> None:
    world = told_tasks(1)
    rows = world.judged
    nearest = (rows.prompt @ world.tasks.looks.T).argmax(axis=1)
    added = np.einsum("nij,nj->ni", world.tasks.changes[nearest], rows.x)
    assert np.isclose(added, rows.added).all(axis=1).mean() > 0.97
    np.testing.assert_allclose(np.linalg.norm(rows.prompt, axis=1), 1.0)


def test_untold_prompts_do_not() -> None:
    world = told_tasks(1).untold()
    rows = world.judged
    nearest = (rows.prompt @ world.tasks.looks.T).argmax(axis=1)
    added = np.einsum("nij,nj->ni", world.tasks.changes[nearest], rows.x)
    assert np.isclose(added, rows.added).all(axis=1).mean() == pytest.approx(1 / 8, abs=0.04)
    assert world.truth is rows.added


def test_rows_alone_do_not_tell_it() -> None:
    """The best linear map of x is the mean change; it leaves most of what is added."""
    world = told_tasks(2)
    left = world.truth - world.judged.x @ world.tasks.changes.mean(axis=0).T
    assert left.var() / world.truth.var() > 0.7


def test_shuffled() -> None:
    world = told_tasks(3)
    null = world.shuffled(np.random.default_rng(0))
    assert null.judged is world.judged
    assert abs(np.corrcoef(null.truth.ravel(), world.truth.ravel())[0, 1]) < 0.05
    assert told_tasks(3).truth[0, 0] == world.truth[0, 0] != told_tasks(4).truth[0, 0]
