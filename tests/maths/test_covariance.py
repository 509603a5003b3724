import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf

from dubito.maths.covariance import (
    fit_gaussian,
    pulled,
    shrunk_covariance,
    squared_mahalanobis,
)


def rows(n: int, d: int, *, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


def test_by_hand():
    """Rows (-1,0), (0,-1), (0,1), (1,0): S = I/2, so nothing is pulled: it is level * I already."""
    x = np.array([[-1.0, 0], [0, -1], [0, 1], [1, 0]])
    assert pulled(x) == pytest.approx(np.eye(2) / 2)


def test_pull_by_hand():
    """Rows -3, -1, 1, 3 on the first axis, 0 on the second: S = diag(5, 0), level 5/2.

    Distance |S - 5/2 I|^2 = 25/2; noise (mean |x|^4 - |S|^2) / 4 = (41 - 25) / 4 = 4;
    share 4 / 12.5 = 0.32: diag(0.68 * 5 + 0.8, 0.8).
    """
    x = np.column_stack([[-3.0, -1, 1, 3], np.zeros(4)])
    assert pulled(x) == pytest.approx(np.diag([4.2, 0.8]))


@pytest.mark.parametrize(("n", "d"), [(5, 3), (30, 8), (10, 20)])
def test_against_scikit_learn(n, d):
    x = rows(n, d)
    x = x - x.mean(axis=0)
    assert pulled(x) == pytest.approx(LedoitWolf(assume_centered=True).fit(x).covariance_)


def test_no_more_than_all_is_pulled():
    """Rows that happen to be nearly round: the noise is 7.6 times what there is to pull."""
    x = np.random.default_rng(1).normal(size=(50, 3))
    x = x - x.mean(axis=0)
    raw = x.T @ x / 50
    assert pulled(x) == pytest.approx(np.eye(3) * raw.trace() / 3)
    assert pulled(x) == pytest.approx(LedoitWolf(assume_centered=True).fit(x).covariance_)


def test_units_of_single_numbers_do_not_matter():
    x, scale = rows(40, 5), np.array([1e-3, 1, 10, 1e3, 1e5])
    assert shrunk_covariance(x * scale) == pytest.approx(
        shrunk_covariance(x) * np.outer(scale, scale)
    )
    first, second = fit_gaussian(x), fit_gaussian(x * scale)
    assert squared_mahalanobis(x * scale, *second) == pytest.approx(squared_mahalanobis(x, *first))


def test_many_rows_are_hardly_pulled():
    x = rows(20000, 4)
    raw = np.cov(x.T, bias=True)
    assert shrunk_covariance(x) == pytest.approx(raw, rel=0.02, abs=0.02 * raw.max())
    assert shrunk_covariance(x).diagonal() == pytest.approx(raw.diagonal())


def test_gaussian_inverts_its_covariance():
    x = rows(50, 6)
    fit = fit_gaussian(x)
    assert fit.location == pytest.approx(x.mean(axis=0))
    assert fit.precision @ shrunk_covariance(x) == pytest.approx(np.eye(6), abs=1e-9)
    assert np.isfinite(fit_gaussian(rows(4, 50)).precision).all()


def test_distance():
    """(2, 1) from (1, 1) with precision diag(4, 9): 4; as scipy's squared."""
    assert squared_mahalanobis([2, 1], [1, 1], np.diag([4.0, 9])) == 4
    fit = fit_gaussian(rows(50, 6))
    points = rows(7, 6, seed=1)
    expected = [mahalanobis(p, fit.location, fit.precision) ** 2 for p in points]
    assert squared_mahalanobis(points, *fit) == pytest.approx(expected)
    assert squared_mahalanobis(fit.location, *fit) == 0


def test_mean_distance_of_the_fit_is_about_its_width():
    x = rows(5000, 6)
    assert squared_mahalanobis(x, *fit_gaussian(x)).mean() == pytest.approx(6, rel=0.02)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_rows_are_refused(n):
    with pytest.raises(ValueError, match=f"at least 3 rows, got {n}"):
        fit_gaussian(np.eye(3)[:n])


def test_rows_that_are_all_the_same_are_refused():
    with pytest.raises(ValueError, match="do not vary enough"):
        fit_gaussian(np.ones((5, 3)))


def test_rows_on_one_pair_of_points_are_refused():
    """+v and -v again and again: the pull sees no noise, and the covariance has rank 1."""
    v = np.array([1.0, 2, 3])
    with pytest.raises(ValueError, match="do not vary enough"):
        fit_gaussian(np.stack([v, -v] * 5))
