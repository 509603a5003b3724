"""The right candidate is drawn from the law that the world tells, and the model says another."""

import numpy as np
import pytest
from scipy.special import softmax

from dubito.data.worlds.offered import (
    Offered,
    drawn,
    favoured,
    sharpened,
    three_kinds,
    uneven,
)

WORLDS = (uneven, three_kinds, favoured, sharpened)


@pytest.mark.parametrize("world", WORLDS)
def test_the_right_one_has_the_chance_that_is_told(world) -> None:
    """The mean chance of the right one is E sum p^2, for a draw from p."""
    w = world(0, fitted=4000, judged=1000)
    assert w.chance.sum(axis=1) == pytest.approx(1)
    assert np.exp(w.logp).sum(axis=1) == pytest.approx(1)
    got = np.take_along_axis(w.chance, w.right[:, None], axis=1)[:, 0]
    expected = (w.chance**2).sum(axis=1)
    assert abs((got - expected).mean()) < 4 * (got - expected).std() / np.sqrt(5000)
    assert (len(w.known.right), len(w.new.right)) == (4000, 1000)
    assert np.array_equal(w.new.logp, w.logp[4000:])


def test_a_draw_by_hand() -> None:
    certain = np.eye(3)[[2, 0, 1]]
    assert drawn(np.random.default_rng(0), certain).tolist() == [2, 0, 1]


def test_the_model_is_bold_or_shy() -> None:
    w = three_kinds(0)
    for kind, factor in enumerate((0.5, 1.0, 2.0)):
        mine = w.kinds == kind
        again = softmax(factor * np.log(w.chance[mine]), axis=1)
        assert np.exp(w.logp[mine]) == pytest.approx(again)
    w = sharpened(0, fitted=50, judged=50)
    again = softmax(np.exp(1.5 * w.features[:, :1]) * np.log(w.chance), axis=1)
    assert np.exp(w.logp) == pytest.approx(again)
    assert w.features[:, 3] == pytest.approx(w.logp.max(axis=1))
    w = uneven(0)
    assert np.exp(w.logp) == pytest.approx(softmax(1.5 * np.log(w.chance), axis=1))


def test_the_model_leans_to_the_first() -> None:
    w, straight = favoured(0), favoured(0, lean=0.0)
    assert np.exp(straight.logp) == pytest.approx(straight.chance)
    lean = (w.logp - np.log(w.chance))[:, 0] - (w.logp - np.log(w.chance))[:, 5]
    assert lean == pytest.approx(0.3 * 5)
    assert np.bincount(w.right) / len(w.right) == pytest.approx(1 / 6, abs=0.02)


@pytest.mark.parametrize("world", WORLDS)
def test_same_seed_same_world_and_shuffling_keeps_what_is_said(world) -> None:
    w: Offered = world(3, fitted=300, judged=100)
    again = world(3, fitted=300, judged=100)
    assert np.array_equal(w.right, again.right)
    assert np.array_equal(w.logp, again.logp)
    other = w.shuffled(np.random.default_rng(0))
    assert np.array_equal(np.sort(other.right), np.sort(w.right))
    assert not np.array_equal(other.right, w.right)
    assert np.array_equal(other.logp, w.logp)
    kinds = w.kinds_shuffled(np.random.default_rng(0))
    assert np.array_equal(np.sort(kinds.kinds), np.sort(w.kinds))
    assert np.array_equal(kinds.right, w.right)
