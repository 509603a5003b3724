"""Tasks on digits: what is hard for a group, and that nothing simpler tells the groups."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from dubito.data.worlds.hard_regions import COMPLEMENTS, GROUPS, TASKS, hard_regions
from dubito.data.worlds.shapes import digits


def by_kind(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of labels that are 1 of each kind and task, [10, 16], and the groups."""
    world, kind = hard_regions(seed), digits(seed).label
    return np.stack([world.bank.labels[kind == k].mean(axis=0) for k in range(10)]), world.group


def test_each_group_throws_the_labels_of_two_kinds_of_its_own() -> None:
    """The other eight are halved; all tasks of a group agree on which are thrown."""
    for seed in range(3):
        share, group = by_kind(seed)
        thrown = (share > 0.2) & (share < 0.8)  # [10, 16]
        assert thrown[:, :-1].sum(axis=0).tolist() == [2] * (TASKS - 1)
        assert (share > 0.99)[:, :-1].sum(axis=0).tolist() == [4] * (TASKS - 1)
        assert thrown[:, -1].all()
        regions = {tuple(np.flatnonzero(thrown[:, t])): group[t] for t in range(TASKS - 1)}
        assert sorted(regions.values()) == list(range(GROUPS))
        assert len({k for region in regions for k in region}) == 10


def test_complements_and_no_other_task_twice() -> None:
    labels = hard_regions(0).bank.labels
    for a, b in COMPLEMENTS:
        np.testing.assert_array_equal(labels[:, a], 1 - labels[:, b])
    together = abs(np.corrcoef(labels.T)) - np.eye(TASKS)
    assert (together > 0.999).sum() == 2 * len(COMPLEMENTS)


def test_all_real_tasks_are_as_hard_and_as_balanced() -> None:
    """Half the labels are 1; what can be learnt is right for 80% + 10% of the points."""
    world = hard_regions(1)
    assert abs(world.bank.labels.mean(axis=0) - 0.5).max() < 0.06
    x, y = world.bank.pixels, world.bank.labels
    learn, judge = slice(0, 1200), slice(1200, None)
    for task in (0, 4, 13):
        fit = LogisticRegression(max_iter=2000).fit(x[learn], y[learn, task])
        assert 0.72 < fit.score(x[judge], y[judge, task]) < 0.95


def test_shuffled_and_seeds() -> None:
    world = hard_regions(2, pictures=100)
    null = world.shuffled(np.random.default_rng(0))
    assert null.bank is world.bank
    assert sorted(null.group) == sorted(world.group)
    assert not np.array_equal(null.group, world.group)
    again = hard_regions(2, pictures=100)
    np.testing.assert_array_equal(again.bank.labels, world.bank.labels)
    assert not np.array_equal(hard_regions(3, pictures=100).bank.labels, world.bank.labels)
