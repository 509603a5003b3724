from itertools import combinations

import numpy as np
import pytest

from dubito.maths.passes import pass_at_k


def test_by_hand():
    """n 4, one right: pairs without it C(3, 2) = 3 of 6: .5. Two right: 1 of 6 misses both."""
    assert pass_at_k([0, 1, 2, 3, 4], n=4, k=2) == pytest.approx([0, 1 / 2, 5 / 6, 1, 1])
    assert pass_at_k(3, n=4, k=1) == pytest.approx(3 / 4)
    assert float(pass_at_k(1, n=4, k=4)) == 1.0


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_is_the_mean_over_all_subsets(k: int):
    right = np.array([1, 0, 0, 1, 0])
    by_hand = np.mean([right[list(rows)].any() for rows in combinations(range(5), k)])
    assert pass_at_k(right.sum(), n=5, k=k) == pytest.approx(by_hand)


def test_unbiased_over_draws():
    """Each of 6 right with p = .3: the mean at k = 2 is 1 - .7^2 = .51, counted exactly."""
    from scipy.stats import binom

    counts = np.arange(7)
    mean = binom.pmf(counts, 6, 0.3) @ pass_at_k(counts, n=6, k=2)
    assert mean == pytest.approx(1 - 0.7**2)


def test_grows_with_right_ones_and_with_k():
    counts = np.arange(1001)
    table = np.stack([pass_at_k(counts, n=1000, k=k) for k in (1, 10, 500, 1000)])
    assert (np.diff(table, axis=0) >= -1e-12).all()
    assert (np.diff(table, axis=1) >= -1e-12).all()
    assert ((table >= 0) & (table <= 1)).all()


def test_shapes_and_bad_counts():
    assert pass_at_k(np.zeros((2, 3)), n=4, k=2).shape == (2, 3)
    for k in (0, 5):
        with pytest.raises(ValueError, match="between 1 and n = 4"):
            pass_at_k([1], n=4, k=k)
    for count in (-1, 5, 0.5, np.nan):
        with pytest.raises(ValueError, match="whole and lie between 0 and n = 4"):
            pass_at_k([count], n=4, k=2)
