"""Every task sees the same digits its own way, and no digit is in two parts."""

from functools import partial

import numpy as np
import pytest

from dubito.data.worlds.transformed_digits import (
    Parts,
    dimmed,
    inverted,
    mirrored,
    overturned,
    permuted,
    plain,
    rolled,
    transformed_digits,
    turned,
)

WAYS = (plain, turned, overturned, inverted, mirrored, dimmed, partial(rolled, columns=3))
WORLD = transformed_digits(0, WAYS)


def test_sizes() -> None:
    """1797 - 150 - 900 - 250 = 497 to judge; the base sees its 150 in 7 ways."""
    lessons = WORLD.lessons
    assert WORLD.fresh.shape == (7, 497, 64)
    assert lessons.start.shape == (1050, 64)
    assert lessons.tuned.shape == (7, 900, 64)
    assert lessons.few.shape == (7, 250, 64)
    assert lessons.start_labels.tolist() == lessons.start_labels[:150].tolist() * 7


def test_ways() -> None:
    """A quarter turn twice is half a turn; a corner goes where it should."""
    square = np.zeros((1, 8, 8))
    square[0, 0, 1] = 0.5  # top row, second column
    assert np.argwhere(turned(square)[0]).tolist() == [[6, 0]]  # anticlockwise
    assert (turned(turned(square)) == overturned(square)).all()
    assert np.argwhere(mirrored(square)[0]).tolist() == [[0, 6]]
    assert np.argwhere(rolled(square)[0]).tolist() == [[0, 2]]
    assert np.argwhere(rolled(square, columns=7)[0]).tolist() == [[0, 0]]
    assert dimmed(square).max() == 0.25
    assert inverted(square)[0, 0, 1] == 0.5
    assert inverted(square).sum() == 63.5


def test_an_order_of_pixels_is_the_same_for_all_pictures() -> None:
    """Every pixel goes somewhere else, once; another order is another place."""
    pixels = np.arange(128.0).reshape(2, 8, 8)
    found = permuted(pixels, order=3)
    assert sorted(found[0].ravel()) == [*range(64)]
    assert (found[1] == found[0] + 64).all()
    assert (found == permuted(pixels, order=3)).all()
    assert (found != permuted(pixels, order=4)).any()


def test_tasks_hold_the_same_digits() -> None:
    for part in (WORLD.lessons.tuned, WORLD.lessons.few, WORLD.fresh):
        assert (part[3] == 1 - part[0]).all()
    start = WORLD.lessons.start
    assert (start[450:600] == 1 - start[:150]).all()


def test_parts_share_no_picture_and_fit_their_labels() -> None:
    """All parts together are scikit-learn's digits, each once, with its label."""
    from sklearn.datasets import load_digits

    lessons = WORLD.lessons
    pixels = np.vstack([lessons.start[:150], lessons.tuned[0], lessons.few[0], WORLD.fresh[0]])
    label = np.concatenate(
        [lessons.start_labels[:150], lessons.labels, lessons.few_labels, WORLD.truth]
    )
    known = load_digits()
    ours = sorted(zip((16 * pixels).astype(int).tolist(), label.tolist(), strict=True))
    theirs = sorted(zip(known.data.astype(int).tolist(), known.target.tolist(), strict=True))
    assert ours == theirs


def test_a_plain_start_and_fewer_to_judge() -> None:
    world = transformed_digits(
        1, (inverted,), parts=Parts(start=20, tuned=30, few=0), plain_start=True, judged=10
    )
    assert world.lessons.start.shape == (20, 64)
    assert world.lessons.start.mean() < 0.4 < 0.6 < world.fresh.mean()  # white on black, inverted
    assert (len(world.truth), world.fresh.shape) == (10, (1, 10, 64))
    with pytest.raises(ValueError, match="leave none of 1797"):
        transformed_digits(1, WAYS, parts=Parts(start=1797))


def test_shuffled_keeps_lessons_and_permutes_what_is_judged() -> None:
    null = WORLD.shuffled(np.random.default_rng(0))
    assert null.lessons is WORLD.lessons
    assert (null.truth == WORLD.truth).mean() < 0.2
    assert sorted(null.truth) == sorted(WORLD.truth)
    assert WORLD.live
    assert not WORLD.untaught().live
