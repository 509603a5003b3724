"""A reader of white on black knows nothing of black on white, and few labels teach it."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dubito.data.worlds.inverted_digits import InvertedDigits, inverted_digits


def learnt(x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    return LogisticRegression(max_iter=1000).fit(x, y)


def test_the_truth_holds() -> None:
    world = inverted_digits(0)
    assert [len(x) for x in (world.before, world.few, world.fresh)] == [647, 150, 1000]
    before = learnt(world.before, world.before_labels)
    assert before.score(1 - world.fresh, world.truth) > 0.9
    assert before.score(world.fresh, world.truth) < 0.2
    few = learnt(world.few, world.few_labels)
    assert few.score(world.fresh, world.truth) > 0.8
    assert few.score(world.scrambled, world.truth) < 0.2
    assert few.score(world.noisy, world.truth) < few.score(world.fresh, world.truth)


def test_noise_and_scrambling_are_what_they_say() -> None:
    world = inverted_digits(1)
    noise = world.noisy - world.fresh
    assert noise.std() == pytest.approx(0.25, rel=0.02)
    assert abs(noise.mean()) < 5 * 0.25 / noise.size**0.5
    np.testing.assert_array_equal(np.sort(world.scrambled), np.sort(world.fresh))
    order = [np.argsort(p, kind="stable") for p in (world.scrambled[0], world.scrambled[1])]
    assert not np.array_equal(*order)
    assert world.strange.tolist() == [False] * 1000 + [True] * 1000


def test_no_picture_is_in_two_parts() -> None:
    world = inverted_digits(2)
    parts = np.concatenate([1 - world.before, world.few, world.fresh])
    assert len(np.unique(parts, axis=0)) == 1797


def test_shuffled_and_untaught() -> None:
    world = inverted_digits(3)
    null = world.shuffled(np.random.default_rng(0))
    assert null.few_labels is world.few_labels
    assert learnt(world.few, world.few_labels).score(null.fresh, null.truth) < 0.15
    assert abs(null.strange[:1000].mean() - 0.5) < 0.1
    plain: InvertedDigits = world.untaught()
    assert (world.live, plain.live) == (True, False)
    assert plain.fresh is world.fresh


def test_same_seed_same_world() -> None:
    a, b = inverted_digits(4), inverted_digits(4)
    np.testing.assert_array_equal(a.scrambled, b.scrambled)
    assert not np.array_equal(a.noisy, inverted_digits(5).noisy)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="leave none of 1797"):
        inverted_digits(0, few=800, judged=997)
