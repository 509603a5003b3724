"""The row taskweb-taskshop: entries of the table, and scores of sources by hand."""

import math

import numpy as np
import pytest

from dubito.acquire import MPTS, Pool, TaskShop, by_value, relative_change, transfer
from laws import assert_frozen

RNG = np.random.default_rng(0)
# The card's four tasks: target t; sources a, b and c. What c does is not told there.
TABLE = np.array([[0.7, 0.2, 0.0], [0.1, 0.7, 0.1], [0.3, -0.4, 0.7]])
ALIKE = np.array([0.6, 0.5, 0.4])


def test_an_entry_by_hand() -> None:
    """The card: PC = .10, PM = .75: .05 + .5 (.15 - .1) = .075; PC = 0, PM = .5: 0."""
    assert transfer([0.3, 0.1, 0.1, -0.1]) == pytest.approx(0.075)
    assert transfer([0.2, -0.2]) == pytest.approx(0)
    assert transfer([[0.3, 0.1, 0.1, -0.1], [-1, -1, -1, -1]]) == pytest.approx([0.075, -0.55])


def test_no_change_is_no_gain() -> None:
    """PC = 0, PM = 0: -.05."""
    assert transfer([0.0, 0.0]) == pytest.approx(-0.05)


def test_runs_that_failed_are_left_out() -> None:
    """Changes .2 and -.1 of four runs: PC = .05, PM = .5: .025. None is left: not 0."""
    assert transfer([np.nan, 0.2, np.nan, -0.1]) == pytest.approx(0.025)
    assert math.isnan(transfer([np.nan, np.nan]))


def test_changes_by_hand() -> None:
    """.6 of .5: .2. Of a score below 0, -.2 to -.1 is a gain of half. Near 0: over the floor."""
    assert relative_change([0.6, 0.4], 0.5).tolist() == pytest.approx([0.2, -0.2])
    assert relative_change(-0.1, -0.2) == pytest.approx(0.5)
    assert relative_change(0.001, 0.0, floor=0.1) == pytest.approx(0.01)


def test_pivots_by_hand() -> None:
    """The card: a .275 and b .30, though a is more alike. Of c: (.15 + .3 - .2 + .25) / 2 = .25."""
    scores = TaskShop(weight=1.0)(TABLE, ALIKE)
    assert scores == pytest.approx([0.275, 0.30, 0.25])
    at_seven_tenths = TaskShop()(TABLE, ALIKE)
    assert at_seven_tenths == pytest.approx(0.7 * scores + 0.3 * ALIKE)


def test_the_diagonal_is_not_read() -> None:
    other = TABLE.copy()
    np.fill_diagonal(other, np.nan)
    np.testing.assert_array_equal(TaskShop()(other, ALIKE), TaskShop()(TABLE, ALIKE))
    assert math.isnan(other[0, 0])


def test_weight_0_is_likeness() -> None:
    assert TaskShop(weight=0.0)(TABLE, ALIKE).tolist() == ALIKE.tolist()


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.7, 1.0])
def test_a_constant_on_all_likenesses_changes_no_ranking(weight: float) -> None:
    """Every score moves by (.5 weight + 1 - weight) times it."""
    table, alike = RNG.normal(size=(8, 8)), RNG.random(8)
    before, after = (TaskShop(weight)(table, alike + c) for c in (0.0, 5.0))
    np.testing.assert_allclose(after - before, 5 * (1 - weight / 2))


def test_pivots_rank_by_helpfulness_in_general() -> None:
    """Less (mean of T(s -> p)) / 2, what is left at weight 1 differs by -F(s) / (2 |P|) alone."""
    table, alike = RNG.normal(size=(8, 8)), RNG.random(8)
    np.fill_diagonal(table, 0)
    rest = TaskShop(weight=1.0)(table, alike) - table.sum(axis=1) / 14
    np.testing.assert_allclose(rest + alike / 14, alike.sum() / 14)


def test_a_row_helps_a_column() -> None:
    """Task 0 helps all others and is helped by none."""
    table = np.zeros((4, 4))
    table[0] = 1.0
    assert TaskShop(weight=1.0)(table, np.full(4, 0.5)).argmax() == 0


def test_the_highest_are_chosen() -> None:
    """By the mean value, as MPTS does without the spread."""
    pool = Pool(np.zeros(3, dtype=bool), values=TaskShop(1.0)(TABLE, ALIKE)[None])
    assert by_value(pool, 3, RNG).tolist() == [1, 0, 2]
    several = Pool(np.arange(9) == 4, values=RNG.normal(size=(3, 9)))
    expected = MPTS(mean=1, spread=0)(several, 5, RNG)
    assert by_value(several, 5, RNG).tolist() == expected.tolist()


def test_refusals() -> None:
    assert_frozen(TaskShop())
    with pytest.raises(ValueError, match="weight must be in"):
        TaskShop(1.5)
    with pytest.raises(ValueError, match=r"got \[3, 3\] and \[2\]"):
        TaskShop()(TABLE, ALIKE[:2])
    with pytest.raises(ValueError, match="at least two tasks"):
        TaskShop()([[0.0]], [0.5])
    hole = TABLE.copy()
    hole[0, 1] = np.nan
    with pytest.raises(ValueError, match="is not finite"):
        TaskShop()(hole, ALIKE)
    with pytest.raises(ValueError, match="is not finite"):
        TaskShop()(TABLE, [0.1, np.inf, 0.2])
    with pytest.raises(ValueError, match="floor must be above 0"):
        relative_change(0.5, 0.5, floor=0.0)
