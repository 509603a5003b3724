"""The row mtl-cop-bandit: influence by gradients at hand, its rewards, and who is drawn."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from dubito.multitask.bandit import TaskBandit
from dubito.multitask.influence import Influence, Kept

NAN = float("nan")


def vector(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def told(bandit: TaskBandit, *steps: tuple) -> list:
    return [bandit.observe(*step) for step in steps]


def test_two_tasks_of_one_kind() -> None:
    """(1, 0) and (1, 1): M_12 = .7071; rewards sigmoid(1.7071) = .8465.

    Both are known from the warm steps, so each sees the other's.
    """
    first, second = (0, vector(1, 0)), (1, vector(1, 1))
    *silent, paid = told(TaskBandit([0, 0]), first, second, first, second)
    assert silent == [None] * 3
    np.testing.assert_allclose(paid.influence, [[1, 0.5**0.5], [0.5**0.5, 1]])
    assert paid.rewards.tolist() == pytest.approx([0.8465] * 2, abs=1e-4)


@pytest.mark.parametrize(
    ("other", "reward"), [(vector(0, 3), 0.7311), (vector(-2, 0), 0.5)], ids=["right", "opposite"]
)
def test_orthogonal_and_opposite_tasks(other, reward) -> None:
    """sigmoid(1 + 0) = .7311 and sigmoid(1 - 1) = .5; Exp3 stays uniform."""
    bandit = TaskBandit([0, 1], warm=0)
    bandit.influence.observe(1, other)
    bandit.influence.clear()
    _, paid = told(bandit, (0, vector(1, 0)), (1, other))
    assert paid.rewards.tolist() == pytest.approx([reward] * 2, abs=1e-4)
    assert bandit.chances.tolist() == pytest.approx([0.5, 0.5])


def test_a_column_is_what_the_steps_on_a_task_do() -> None:
    """Task 1 turns from (1, 0) to (0, 1) between two steps on task 0, which stays at (1, 0).

    Column 0: with task 1 as it was at each, 1 and 0, mean 1/2. Column 1: with task 0 as it was,
    nothing at the first and 0 at the second. Later three steps on 1: 1, 0 and 0, mean 1/3.
    """
    seen = Influence([0, 1])
    for step in [(1, vector(1, 0)), (0, vector(1, 0)), (1, vector(0, 1)), (0, vector(1, 0))]:
        seen.observe(*step)
    assert seen.counts_.tolist() == [2, 2]
    np.testing.assert_allclose(seen.matrix_, [[1, 0], [0.5, 1]])
    seen.clear()
    for step in [(1, vector(1, 0)), (1, vector(0, 1)), (1, vector(0, -1))]:
        seen.observe(*step)
    np.testing.assert_allclose(seen.matrix_, [[NAN, 1 / 3], [NAN, 1]])


def test_the_latest_gradient_counts_and_not_one_that_comes_later() -> None:
    seen = Influence([0, 1, 2])
    seen.observe(1, vector(1, 0))
    seen.observe(0, vector(1, 0))
    seen.observe(1, vector(-1, 0))
    assert seen.matrix_[1, 0] == 1
    assert seen.matrix_[0, 1] == -1
    assert np.isnan(seen.matrix_[2]).all()
    assert np.isnan(seen.matrix_[:, 2]).all()


def test_against_the_definition() -> None:
    """The mean over the steps on j of the cosine with i's latest by then, from all history."""
    rng = np.random.default_rng(0)
    kinds, history, seen = [0, 0, 1, 1], [], Influence([0, 0, 1, 1])
    for _ in range(40):
        task = int(rng.integers(4))
        history.append((task, rng.normal(size=6), rng.normal(size=3)))
        seen.observe(task, *map(torch.from_numpy, history[-1][1:]))
    for i in range(4):
        for j in range(4):
            found = []
            for t, (task, *parts) in enumerate(history):
                before = [past for past in history[: t + 1] if past[0] == i]
                if task == j and before:
                    both = 2 if kinds[i] == kinds[j] else 1
                    a, b = np.concatenate(parts[:both]), np.concatenate(before[-1][1 : 1 + both])
                    found.append(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
            assert seen.matrix_[i, j] == pytest.approx(np.mean(found), abs=1e-12)


def test_what_is_kept_is_a_copy() -> None:
    gradient = vector(1, 0)
    seen = Influence([0, 1])
    seen.observe(0, gradient)
    gradient.copy_(vector(0, 1))
    seen.observe(1, gradient)
    assert seen.matrix_[0, 1] == 0


def test_modules_of_another_kind_do_not_count_and_those_of_one_kind_do() -> None:
    """Shared (1, 0) and (1, 0), own (2) and (2) or (-2): (1 + 4) / 5 and (1 - 4) / 5; apart: 1."""
    for own, alike in ((vector(2), 1.0), (vector(-2), -0.6)):
        for kinds, expected in (([0, 0], alike), ([0, 1], 1.0)):
            seen = Influence(kinds)
            seen.observe(0, vector(1, 0), vector(2))
            seen.observe(1, vector(1, 0), own)
            assert seen.matrix_[0, 1] == pytest.approx(expected)
    for garbage in (vector(1e9, -3), vector(0, 0)):
        seen = Influence([0, 1])
        seen.observe(0, vector(1, 0), vector(2))
        seen.observe(1, vector(1, 1), garbage)
        assert seen.matrix_[0, 1] == pytest.approx(0.5**0.5)


def test_scale_does_not_count() -> None:
    """Of both parts together; down to squares that round to 0 and up to those that are infinite."""
    rng = torch.Generator().manual_seed(0)
    steps = [
        (t % 3, torch.randn(5, generator=rng), torch.randn(2, generator=rng)) for t in range(9)
    ]
    scale, matrices = (1.0, 1e-30, 1e30), []
    for scaled in (False, True):
        seen = Influence([0, 0, 1])
        for task, shared, own in steps:
            by = scale[task] if scaled else 1.0
            seen.observe(task, by * shared, by * own)
        matrices.append(seen.matrix_)
    np.testing.assert_allclose(*matrices, atol=1e-6)
    assert np.abs(matrices[0]).max() == pytest.approx(1)


def test_a_gradient_of_0_has_no_direction_and_adds_nothing() -> None:
    """Task 1 at 0: its column is missing, sigmoid(0) = .5; task 0 gets sigmoid(1) = .7311."""
    bandit = TaskBandit([0, 1], warm=0)
    _, paid = told(bandit, (0, vector(1, 0)), (1, vector(0, 0)))
    assert np.isnan(paid.influence).tolist() == [[False, True], [True, True]]
    assert paid.rewards.tolist() == pytest.approx([0.7311, 0.5], abs=1e-4)


def test_no_cosine_leaves_its_bounds() -> None:
    """Rounding would put a part of these beyond 1 and -1: each row with itself and its opposite."""
    rows = torch.randn(200, 50, generator=torch.Generator().manual_seed(0))
    kept = [Kept(row, row[:0]) for row in rows]
    assert max(k.cosine(k, whole=True) for k in kept) == 1
    assert min(k.cosine(Kept(-k.shared, k.own), whole=True) for k in kept) == -1


def test_what_was_not_measured_is_left_out_of_the_mean() -> None:
    """Task 1 at (1, 0), at 0, at (1, 0): of three steps on task 0 two are measured, both 1."""
    seen = Influence([0, 1])
    for other in (vector(1, 0), vector(0, 0), vector(1, 0)):
        seen.observe(1, other)
        seen.observe(0, vector(2, 0))
    assert seen.matrix_[1, 0] == 1
    assert seen.matrix_[1, 1] == 1


def test_gradients_of_half_precision_are_compared_in_float32() -> None:
    rows = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0)).bfloat16()
    seen = Influence([0, 0])
    for task, row in enumerate(rows):
        seen.observe(task, row, row[:10])
    a, b = torch.cat([rows, rows[:, :10]], dim=1).double()
    assert seen.matrix_[0, 1] == pytest.approx(float(a @ b / a.norm() / b.norm()), abs=1e-6)


def test_only_tasks_of_the_interval_are_paid() -> None:
    """Exp3 adds .2 * .7311 / (2 * .5) = .1462 to task 0 alone."""
    bandit = TaskBandit([0, 1], interval=1)
    *_, paid = told(bandit, (0, vector(1, 0)), (1, vector(0, 1)), (0, vector(1, 0)))
    assert paid.rewards[0] == pytest.approx(expit(1.0))
    assert np.isnan(paid.rewards[1])
    gap = bandit.log_weights_[0] - bandit.log_weights_[1]
    assert gap == pytest.approx(0.1462, abs=1e-4)


def test_every_interval_begins_anew_but_for_the_latest_gradients() -> None:
    bandit = TaskBandit([0, 1], interval=2)
    warm = [(0, vector(1, 0)), (1, vector(-1, 0))]
    *_, first = told(bandit, *warm, (0, vector(1, 0)), (1, vector(1, 0)))
    np.testing.assert_allclose(first.influence, [[1, 1], [-1, 1]])  # the warm steps do not count
    *_, second = told(bandit, (0, vector(1, 0)), (0, vector(1, 0)))
    np.testing.assert_allclose(second.influence, [[1, NAN], [1, NAN]])


def test_warm_steps_go_in_turn_and_later_ones_by_chance() -> None:
    bandit, rng = TaskBandit([0, 1, 2], warm=5, exploration=0.3), np.random.default_rng(0)
    drawn = []
    for _ in range(5):
        drawn.append(bandit.draw(rng))
        bandit.observe(drawn[-1], vector(1, 0))
    assert drawn == [0, 1, 2, 0, 1]
    assert bandit.pulls_.tolist() == [2, 2, 1]
    bandit.log_weights_ = np.log([6.0, 3.0, 1.0])
    drawn = [bandit.draw(rng) for _ in range(4000)]
    share = np.bincount(drawn, minlength=3) / 4000
    np.testing.assert_allclose(share, [0.52, 0.31, 0.17], atol=0.03)  # .7 * .6 + .1, ...


def test_tasks_that_agree_are_drawn_more_than_one_that_nobody_follows() -> None:
    bandit, rng = TaskBandit([0, 1, 2]), np.random.default_rng(0)
    direction = [vector(1, 0, 0), vector(1, 0.2, 0), vector(0, 0, 1)]
    for _ in range(600):
        task = bandit.draw(rng)
        bandit.observe(task, direction[task])
    assert bandit.chances[2] < bandit.chances[:2].min() - 0.1
    assert bandit.pulls_.sum() == 600


def test_same_seed_same_tasks() -> None:
    runs = []
    for _ in range(2):
        bandit, rng, drawn = TaskBandit([0, 1, 1]), np.random.default_rng(3), []
        for step in range(40):
            drawn.append(bandit.draw(rng))
            bandit.observe(drawn[-1], vector(1, step % 5), vector(1))
        runs.append(drawn)
    assert runs[0] == runs[1]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="at least one task needed"):
        TaskBandit([])
    with pytest.raises(ValueError, match="interval must be at least 1 and warm at least 0"):
        TaskBandit([0, 1], interval=0)
    with pytest.raises(ValueError, match="exploration must be above 0"):
        TaskBandit([0, 1], exploration=0.0)
    bandit = TaskBandit([0, 0, 1])
    with pytest.raises(ValueError, match="there are 3 tasks, counted from 0, got 3"):
        bandit.observe(3, vector(1))
    with pytest.raises(ValueError, match="gradient of task 0 is not finite; leave this step out"):
        bandit.observe(0, vector(1, NAN))
    assert bandit.pulls_.tolist() == bandit.influence.counts_.tolist() == [0, 0, 0]
    bandit.observe(0, vector(1, 0), vector(1))
    with pytest.raises(ValueError, match="task 2 have 3 shared and 0 own entries, those of task 0"):
        bandit.observe(2, vector(1, 0, 0))
    with pytest.raises(ValueError, match="task 1 have 2 shared and 2 own entries, those of task 0"):
        bandit.observe(1, vector(1, 0), vector(1, 1))
    bandit.observe(2, vector(1, 0), vector(1, 1, 1))  # of another kind: modules of its own
