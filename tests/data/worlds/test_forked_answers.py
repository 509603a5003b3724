"""Answers with two forks: sixteen right ones, all likely."""

import numpy as np
import pytest

from dubito.data.worlds.forked_answers import forked_answers


def test_two_forks_of_four_right_ways() -> None:
    world = forked_answers(0, prompts=50)
    ways = world.right.sum(axis=-1)  # [N, T]
    assert (np.sort(ways, axis=1) == [1] * 6 + [4] * 2).all()
    assert (ways.prod(axis=1) == 16).all()
    # At a fork six tokens are as likely, whether right or wrong.
    fork = world.logits[ways == 4]
    assert ((fork == 9).sum(axis=-1) == 6).all()
    p = np.exp(world.logits) / np.exp(world.logits).sum(axis=-1, keepdims=True)
    good = (p * world.right).sum(axis=-1)
    assert good[ways == 1] == pytest.approx(np.e**11 / (np.e**11 + 399))
    assert good[ways == 4] == pytest.approx(4 * np.e**9 / (6 * np.e**9 + 394))


def test_in_a_null_there_is_one_right_answer() -> None:
    world = forked_answers(1)
    null = world.shuffled(np.random.default_rng(0))
    assert (null.right.sum(axis=-1) == 1).all()
    assert (world.right | null.right).sum() == world.right.sum()
    assert null.logits is world.logits


def test_same_seed_same_world_and_refusals() -> None:
    np.testing.assert_array_equal(forked_answers(2).right, forked_answers(2).right)
    assert not np.array_equal(forked_answers(2).right, forked_answers(3).right)
    with pytest.raises(ValueError, match="more than a vocabulary of 5"):
        forked_answers(0, vocabulary=5)
