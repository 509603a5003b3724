import numpy as np
import pytest

from dubito.data.worlds.topics import SPECIAL, special, topic_world


def test_every_fact_once() -> None:
    world = topic_world(0)
    assert len(world) == 12 * 30 * 4
    rows = np.arange(len(world))
    assert len({tuple(q) for q in world.questions(rows).tolist()}) == len(world)


def test_tokens_of_a_kind_never_meet_those_of_another() -> None:
    world = topic_world(0)
    sentences = world.sentences(np.arange(len(world)))
    kinds = [set(column) for column in sentences.T.tolist()]
    assert sum(len(k) for k in kinds) == len(set().union(*kinds))
    assert kinds[0] == {special("Q")}
    assert kinds[4] == {special("A")}
    assert max(kinds[5]) == world.vocabulary - 1
    assert world.vocabulary == len(SPECIAL) + 12 + 30 + 4 + 10


def test_value_tokens_say_the_truth() -> None:
    world = topic_world(3)
    rows = np.array([5, 700])
    assert (world.sentences(rows)[:, -1] - (world.vocabulary - 10) == world.value[rows]).all()


def test_half_of_the_things_of_each_topic_are_for_tuning() -> None:
    world = topic_world(0)
    for topic in range(12):
        here = world.topic == topic
        assert world.tuning[here].sum() == 15 * 4
        things = {(n, bool(t)) for n, t in zip(world.name[here], world.tuning[here], strict=True)}
        assert len(things) == 30  # a thing is wholly on one side


def test_topics_are_heard_by_exposure() -> None:
    """Of 200,000 heard facts 1 / 1.08 are of the frequent topics and none of the silent ones."""
    world = topic_world(0)
    heard = world.heard(np.random.default_rng(0), 200_000)
    share = np.bincount(world.group[heard], minlength=3) / 200_000
    assert share[0] == 0
    assert share[2] == pytest.approx(1 / 1.08, abs=5 * 0.0006)
    assert np.bincount(world.group).tolist() == [480, 480, 480]


def test_values_are_uniform_in_every_group() -> None:
    """Nothing but hearing tells a value: chance is 1 in 10 wherever."""
    world = topic_world(1)
    for group in range(3):
        count = np.bincount(world.value[world.group == group], minlength=10)
        assert abs(count - 48).max() < 5 * np.sqrt(48 * 0.9)


def test_shuffled_moves_the_values_alone() -> None:
    world = topic_world(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert sorted(mixed.value) == sorted(world.value)
    assert (mixed.value != world.value).mean() > 0.8
    assert (mixed.questions(np.arange(9)) == world.questions(np.arange(9))).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 3, got 10"):
        topic_world(0, topics=10)
    with pytest.raises(ValueError, match="no special token 'MAYBE'"):
        special("MAYBE")
