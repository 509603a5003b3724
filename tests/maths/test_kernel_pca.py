import numpy as np
import pytest
from sklearn.decomposition import PCA, KernelPCA

from dubito.maths.kernel_pca import fit_axes, project, radial

RNG = np.random.default_rng(0)
KNOWN = RNG.normal(size=(30, 4)) * [3, 2, 1, 0.5] + 1
NEW = RNG.normal(size=(7, 4))


def test_radial_by_hand():
    """Distances 0, 5 and 5, 0 between (0, 0), (3, 4): exp(-25 / 25)."""
    points = np.array([[0.0, 0], [3, 4]])
    assert radial(points, points, gamma=1 / 25) == pytest.approx(
        np.array([[1, np.exp(-1)], [np.exp(-1), 1]])
    )


def test_against_scikit_learn():
    other = KernelPCA(5, kernel="rbf", gamma=0.1).fit(KNOWN)
    axes = fit_axes(radial(KNOWN, KNOWN, gamma=0.1), 5)
    got = project(radial(NEW, KNOWN, gamma=0.1), axes)
    assert np.abs(got) == pytest.approx(np.abs(other.transform(NEW)), abs=1e-9)


def test_of_the_dot_product_it_is_pca():
    axes = fit_axes(KNOWN @ KNOWN.T, 3)
    got = project(NEW @ KNOWN.T, axes)
    assert np.abs(got) == pytest.approx(np.abs(PCA(3).fit(KNOWN).transform(NEW)), abs=1e-9)


def test_axes_are_by_variance_and_centred():
    coordinates = project(KNOWN @ KNOWN.T, fit_axes(KNOWN @ KNOWN.T, 4))
    assert coordinates.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    assert (np.diff(coordinates.var(axis=0)) < 0).all()


def test_axes_without_variance_are_left_out():
    flat = np.column_stack([KNOWN[:, 0], np.ones(30)])
    assert fit_axes(flat @ flat.T, 2).weights.shape == (30, 1)


def test_weights_sum_to_nothing():
    for kernel in (KNOWN @ KNOWN.T, radial(KNOWN, KNOWN, gamma=0.1)):
        weights = fit_axes(kernel, 5).weights
        assert weights.sum(axis=0) == pytest.approx(np.zeros(weights.shape[1]), abs=1e-9)


def test_signs_do_not_depend_on_the_solver():
    weights = fit_axes(KNOWN @ KNOWN.T, 4).weights
    assert (weights[np.abs(weights).argmax(axis=0), range(4)] > 0).all()
