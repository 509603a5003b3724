"""verbal-confidence: labels by sub-task, whole numbers, words."""

import numpy as np
import pytest

from dubito.bench.metrics.deviation import mean_deviation
from dubito.bench.metrics.probability import brier
from dubito.learn.scale import FIFTHS
from dubito.learn.stated_confidence import level, share_right


def test_the_card() -> None:
    """p = .617: 61, and "high", which is .6 to .8 with its middle at .7."""
    assert level(0.617) == 61
    (word,) = FIFTHS.nearest(0.617)
    assert FIFTHS.words[word] == " high"
    assert FIFTHS.values[word] == 0.7


def test_a_confidence_of_nine_tenths_with_seven_right() -> None:
    """.7 * .01 + .3 * .81 = .25; every tenth of the row alike, so every bin is .2 too high."""
    right = np.tile([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 20)
    assert brier(np.full(200, 0.9), right) == pytest.approx(0.25)
    assert mean_deviation(np.full(200, 0.9), right) == pytest.approx(0.2)


def test_a_task_is_confident_of_its_share() -> None:
    """Two of three right in b, one of two in a; whatever the order."""
    task, right = np.array(["b", "a", "b", "b", "a"]), np.array([1, 0, 1, 0, 1])
    got = share_right(task, right)
    assert got == pytest.approx([2 / 3, 1 / 2, 2 / 3, 2 / 3, 1 / 2])
    order = np.array([4, 2, 0, 1, 3])
    assert share_right(task[order], right[order]) == pytest.approx(got[order])


def test_a_task_of_one_answer_has_its_grade() -> None:
    assert share_right([3, 1, 2], [True, False, True]).tolist() == [1, 0, 1]


def test_several_right_answers() -> None:
    """k equally right answers of 1/k each: likelihood errs by (1 - 1/k)^2, the share by nothing."""
    for k in (2, 5, 10):
        right = np.ones(20)
        assert brier(np.full(20, 1 / k), right) == pytest.approx((1 - 1 / k) ** 2)
        assert brier(share_right(np.zeros(20), right), right) == 0


def test_levels_are_not_lost_to_rounding() -> None:
    """100 * .29 and 100 * .57 are a hair below 29 and 57 in binary."""
    hundredths = np.arange(101)
    assert (level(hundredths / 100) == hundredths).all()
    assert level([0.0, 0.99, 1.0], highest=10).tolist() == [0, 9, 10]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"in \[0, 1\], got 0.5 to 1.5"):
        level([0.5, 1.5])
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        level(float("nan"))
    for task, right in (([], []), (["a"], [1, 0])):
        with pytest.raises(ValueError, match="a task and a grade for each answer"):
            share_right(task, right)
