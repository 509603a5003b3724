"""What is left of a stream of tasks: worked numbers and what is refused."""

import math

import pytest

from dubito.bench.metrics.continual import continual


def test_by_hand() -> None:
    """Rows after each task. Final (0.6 + 0.7 + 0.5) / 3; lost 0.9 - 0.6 and 0.8 - 0.7, of two.

    The best of the first task came after the second. Learnt: (0.8 + 0.8 + 0.5) / 3.
    """
    nothing = math.nan
    table = [[0.8, nothing, nothing], [0.9, 0.8, nothing], [0.6, 0.7, 0.5]]
    assert continual(table) == pytest.approx((0.6, 0.2, 0.7))


def test_a_task_that_gains_later_is_not_forgotten() -> None:
    """0.5, then 0.75: -0.25."""
    assert continual([[0.5, 0.1], [0.75, 1.0]]).forgetting == pytest.approx(-0.25)


@pytest.mark.parametrize(
    "table", [[[0.5]], [[0.5, 0.1]], [[0.5, 0.1], [math.nan, 1.0]], [0.5, 0.5]]
)
def test_refusals(table) -> None:
    with pytest.raises(ValueError, match=r"\[T, T\] of T >= 2"):
        continual(table)
