"""Attention ratios, ranks and utilisation: numbers by hand and what must not matter."""

import numpy as np
import pytest

from dubito.maths.context_use import attention_ratios, utilisation, within_rank


def test_repeats_count_with_their_mean() -> None:
    """Ids 5, 7, 5: a(5) = (.2 + .4) / 2 = .3, a(7) = .1; ratios .75 and .25, not .6 / .7."""
    found = attention_ratios([[0.2, 0.1, 0.4]], [5, 7, 5])
    assert found.ids.tolist() == [5, 7]
    np.testing.assert_allclose(found.values, [[0.75], [0.25]])


def test_each_head_is_shared_out_by_itself() -> None:
    """Heads (.1, .3) and (.5, .5): columns .25, .75 and .5, .5."""
    found = attention_ratios([[0.1, 0.3], [0.5, 0.5]], [2, 9])
    np.testing.assert_allclose(found.values, [[0.25, 0.5], [0.75, 0.5]])


def test_a_head_that_looks_elsewhere_has_no_ratios() -> None:
    found = attention_ratios([[0.0, 0.0], [0.1, 0.3]], [2, 9])
    np.testing.assert_allclose(found.values, [[0.0, 0.25], [0.0, 0.75]])


def test_places_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    attention, ids = rng.random((3, 12)), rng.integers(5, size=12)
    order = rng.permutation(12)
    one, other = attention_ratios(attention, ids), attention_ratios(attention[:, order], ids[order])
    np.testing.assert_array_equal(one.ids, other.ids)
    np.testing.assert_allclose(one.values, other.values)
    np.testing.assert_allclose(one.values.sum(axis=0), 1)
    np.testing.assert_allclose(attention_ratios(attention / 7, ids).values, one.values)


def test_ranks_are_of_the_whole_vocabulary_and_begin_at_1() -> None:
    """log p in the order 4, 2, 0, 1, 3; id 0 is third."""
    logp = np.log([0.2, 0.15, 0.25, 0.1, 0.3])
    assert within_rank(logp, [0, 3], rank=3).tolist() == [True, False]
    assert within_rank(logp, [0, 3], rank=2).tolist() == [False, False]
    assert within_rank(logp, [0, 4], rank=1).tolist() == [False, True]
    assert within_rank(logp, [0, 3], rank=5).tolist() == [True, True]
    assert within_rank(logp, [0, 3], rank=10).tolist() == [True, True]


def test_ties_share_the_better_rank() -> None:
    assert within_rank([0.0, 1.0, 1.0, -1.0], [1, 2, 0], rank=1).tolist() == [True, True, False]


def test_utilisation_is_clamped_masked_and_normalised() -> None:
    """Weights .3, -.2, .1, .6 of which the last is unused: .3 / .4, 0, .1 / .4, 0."""
    share = utilisation([0.3, -0.2, 0.1, 0.6], [True, True, True, False])
    np.testing.assert_allclose(share, [0.75, 0, 0.25, 0])


@pytest.mark.parametrize(
    ("weight", "used"), [([0.3, 0.7], [False, False]), ([-0.3, 0.0], [True, True])]
)
def test_nothing_used_is_no_distribution(weight, used) -> None:
    assert utilisation(weight, used).tolist() == [0, 0]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="ids needed"):
        attention_ratios([[0.2, 0.1]], [5, 7, 5])
    with pytest.raises(ValueError, match="ids needed"):
        attention_ratios(np.zeros((1, 0)), [])
    with pytest.raises(ValueError, match="NaN"):
        attention_ratios([[0.2, np.nan]], [5, 7])
    with pytest.raises(ValueError, match="at least 0"):
        attention_ratios([[0.2, -0.1]], [5, 7])
    with pytest.raises(ValueError, match="ids below"):
        within_rank([0.0, 1.0], [2], rank=1)
    with pytest.raises(ValueError, match="rank"):
        within_rank([0.0, 1.0], [1], rank=0)
