"""Tasks about handwritten digits: their answers follow from the digits, the parts do not meet."""

import numpy as np
import pytest

from dubito.data.worlds.digit_questions import digit_questions
from dubito.data.worlds.overlaid_digits import Overlaid, overlaid_digits


def test_questions_are_answered() -> None:
    """2, 3, 5 and 7 are prime; 0, 6 and 9 have one loop, 8 two; half of all are bright."""
    world = digit_questions(0)
    prime, loops, bright = world.learn.answers
    for digit in range(10):
        own = world.learn.digit == digit
        assert set(prime[own]) == {int(digit in (2, 3, 5, 7))}
        assert set(loops[own]) == {{0: 1, 6: 1, 8: 2, 9: 1}.get(digit, 0)}
    every = np.concatenate([bright, world.truth[2]])
    assert abs(every.mean() - 0.5) < 0.02
    ink = world.learn.pixels.sum(axis=1)
    assert ink[bright == 1].min() > ink[bright == 0].max()
    assert world.fresh.shape == (497, 64)
    assert digit_questions(0, judged=10).truth.shape == (3, 10)


def test_the_null_keeps_pictures_and_answers_together() -> None:
    world = digit_questions(1)
    null = world.shuffled(np.random.default_rng(0))
    assert null.learn is world.learn
    assert null.fresh is world.fresh
    assert sorted(map(tuple, null.truth.T)) == sorted(map(tuple, world.truth.T))
    assert (null.truth != world.truth).any()


def test_two_digits_on_a_canvas() -> None:
    """Corners of one alone, the brighter where both are; (3 + 9 - 9) / sqrt(16.5)."""
    world = overlaid_digits(0, learn=50, judge=60)
    assert world.learn.pixels.shape == (50, 11, 11)
    assert (world.learn.pixels[:, :3, 8:] == 0).all()
    assert (world.learn.pixels[:, 8:, :3] == 0).all()
    pair = Overlaid(world.learn.pixels[:1], np.array([3]), np.array([9]))
    assert pair.total == pytest.approx(3 / 16.5**0.5)
    assert abs(overlaid_digits(0, learn=9000, judge=1).learn.total.std() - 1) < 0.05
    null = world.shuffled(np.random.default_rng(0))
    before = sorted(zip(world.judge.upper, world.judge.lower, strict=True))
    assert sorted(zip(null.judge.upper, null.judge.lower, strict=True)) == before
    assert (null.judge.upper != world.judge.upper).any()


def test_canvases_to_judge_are_of_other_digits() -> None:
    """The upper corner, 8 x 3, is of the first digit alone: few are alike."""
    world = overlaid_digits(0, learn=1000, judge=1000)
    corners = [{c.tobytes() for c in part.pixels[:, :8, :3]} for part in (world.learn, world.judge)]
    assert len(corners[0] & corners[1]) < 0.1 * len(corners[0])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="some are learnt and some judged"):
        digit_questions(0, learn=1797)
