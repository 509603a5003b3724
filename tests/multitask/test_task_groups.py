"""The row stg-mtl: groups of tasks by their data maps."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from dubito.multitask.balancer import fixed_weights
from dubito.multitask.data_maps import DataMap, truth_confidence
from dubito.multitask.task_groups import TaskGroups, point_shares

PLANTED = np.array([0, 1, 2, 1, 0, 2, 2])


def planted(noise: float = 0.02) -> np.ndarray:
    """Seven tasks in three groups, each sure of other points; maps [7, 2, 30, 2]."""
    rng = np.random.default_rng(0)
    mean = rng.uniform(0.3, 1, size=(3, 2, 30, 2))[PLANTED]
    return mean + noise * rng.normal(size=mean.shape)


def test_by_hand() -> None:
    """Tasks at 0, 2, 10, 11 on a line: centres 1 and 10.5. Task 1 is 1 and 8.5 away, f = 2:

    1 / (1 + 1 / 72.25) = .98635; task 3 is 10 and .5 away: 1 / (1 + .0025) = .99751.
    """
    groups = TaskGroups(2, fuzziness=2.0).fit(np.array([[0.0], [2.0], [10.0], [11.0]]))
    np.testing.assert_allclose(groups.centres_, [[1.0], [10.5]])
    assert groups.labels_.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(
        groups.memberships_[[1, 3]], [[0.98635, 0.01365], [0.00249, 0.99751]], atol=1e-5
    )
    np.testing.assert_allclose(groups.predict([[1.0], [5.75]]), [[1, 0], [0.5, 0.5]])


def test_planted_groups_are_found_and_numbered_by_their_first_task() -> None:
    for seed in range(5):
        groups = TaskGroups(3, seed=seed).fit(planted())
        assert groups.labels_.tolist() == PLANTED.tolist()
        assert groups.memberships_.argmax(axis=1).tolist() == PLANTED.tolist()
        np.testing.assert_allclose(groups.memberships_.sum(axis=1), 1)


def test_the_order_of_points_does_not_matter_if_it_is_that_of_all_tasks() -> None:
    maps, rng = planted(0.2), np.random.default_rng(1)
    plain = TaskGroups(3).fit(maps)
    turned = TaskGroups(3).fit(maps[:, :, rng.permutation(30)])
    np.testing.assert_allclose(turned.memberships_, plain.memberships_, atol=1e-9)
    each = np.stack([m[:, rng.permutation(30)] for m in planted()])
    assert adjusted_rand_score(TaskGroups(3).fit(each).labels_, PLANTED) < 0.5


def test_a_task_and_its_complement_have_one_map() -> None:
    """Outputs o and -o for labels y and 1 - y: distance 0, so one group."""
    rng = np.random.default_rng(0)
    recorder = DataMap(tasks=3, points=20)
    label = rng.integers(2, size=(20, 3))
    label[:, 1] = 1 - label[:, 0]
    for _ in range(3):
        logit = rng.normal(size=(20, 3))
        logit[:, 1] = -logit[:, 0]
        recorder.record(truth_confidence(1 / (1 + np.exp(-logit)), label), np.arange(20))
    maps = recorder.read()
    np.testing.assert_allclose(maps[0], maps[1], atol=1e-12)
    assert TaskGroups(2).fit(maps).labels_.tolist() == [0, 0, 1]


def test_a_column_of_memberships_weighs_the_losses_of_a_model() -> None:
    groups = TaskGroups(3).fit(planted())
    balancer = fixed_weights(torch.from_numpy(groups.memberships_[:, 2]))
    losses = torch.arange(1.0, 8.0, dtype=torch.float64)
    assert balancer(losses).item() == pytest.approx(3 + 6 + 7, rel=1e-6)  # tasks of group 2


def test_maps_of_new_tasks() -> None:
    groups = TaskGroups(3).fit(planted())
    assert groups.predict(planted()[::-1] + 0.01).argmax(axis=1).tolist() == PLANTED[::-1].tolist()
    with pytest.raises(ValueError, match="maps of 120 entries were fitted, got 60"):
        groups.predict(planted()[:, 0])


def test_same_seed_same_groups() -> None:
    """Without restarts the seed shows; with them the best of all is kept."""
    maps = np.random.default_rng(0).uniform(size=(40, 5))

    def spread(seed: int, restarts: int) -> float:
        groups = TaskGroups(8, restarts=restarts, seed=seed).fit(maps)
        return float(((maps - groups.centres_[groups.labels_]) ** 2).sum())

    once = [spread(seed, 1) for seed in range(6)]
    assert once == [spread(seed, 1) for seed in range(6)]
    assert len(set(once)) > 3
    assert np.mean([spread(seed, 10) for seed in range(3)]) < np.median(once)


def test_shares_of_points() -> None:
    """Points near (.1, .3), (.5, 0) and (.9, .1); of four of each task, so many are in each."""
    hard, half, easy = [0.1, 0.3], [0.5, 0.0], [0.9, 0.1]
    maps = np.array([[easy, easy, hard, easy], [half, hard, half, easy]])
    np.testing.assert_allclose(point_shares(maps, 3), [[0.25, 0, 0.75], [0.25, 0.5, 0.25]])
    turned = maps[:, [2, 0, 3, 1]]
    np.testing.assert_allclose(point_shares(turned[:, None], 3), point_shares(maps, 3))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="groups and restarts at least 1, got 0 and 10"):
        TaskGroups(0)
    with pytest.raises(ValueError, match="2 different vectors cannot make 3 groups"):
        TaskGroups(3).fit([[1.0], [1.0], [2.0]])
    with pytest.raises(ValueError, match=r"finite maps \[T, ...\] needed, got shape \(2, 1\)"):
        TaskGroups(2).fit([[1.0], [float("nan")]])
    with pytest.raises(ValueError, match=r"finite maps \[T, ...\] needed, got shape \(3,\)"):
        TaskGroups(2).fit([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"mean and deviation \[T, ..., 2\] needed"):
        point_shares(np.zeros((3, 4)))
