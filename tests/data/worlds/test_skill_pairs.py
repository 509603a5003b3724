"""Pairs of skills, worked by hand."""

import numpy as np

from dubito.data.worlds.skill_pairs import TASKS, WRITE, sequences, skill_pairs


def test_targets_are_made_by_both_skills() -> None:
    """Of a b c d e f: reversed, rolled to f a b c d e, or as it is; then a number is added."""
    got = sequences(np.random.default_rng(0), np.arange(len(TASKS)))
    for digits, (read, write), target in zip(got.digits, TASKS, got.target, strict=True):
        a, b, c, d, e, f = digits.tolist()
        expected = ([f, e, d, c, b, a], [f, a, b, c, d, e], [a, b, c, d, e, f])[read]
        assert target.tolist() == [(v + WRITE[write]) % 10 for v in expected]


def test_new_tasks_have_known_skills_and_none_in_common() -> None:
    for seed in range(20):
        world = skill_pairs(seed, rows=2)
        one, two = (TASKS[t] for t in world.new)
        assert one[0] != two[0]
        assert one[1] != two[1]
        assert not set(world.new) & set(world.known)
        assert len(world.known) == 10
        known = [TASKS[t] for t in world.known]
        for read, write in (one, two):
            assert read in {r for r, _ in known}
            assert write in {w for _, w in known}


def test_the_truth_can_be_shuffled() -> None:
    world = skill_pairs(0, rows=2)
    other = world.shuffled(np.random.default_rng(0))
    assert other.many is world.many
    for now, then in zip((*other.few, *other.fresh), (*world.few, *world.fresh), strict=True):
        assert np.array_equal(now.digits, then.digits)
        assert not np.array_equal(now.target, then.target)
        assert sorted(map(tuple, now.target)) == sorted(map(tuple, then.target))
    assert np.array_equal(skill_pairs(3, rows=2).many.digits, skill_pairs(3, rows=2).many.digits)
