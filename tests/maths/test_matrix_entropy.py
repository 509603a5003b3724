"""Directions are counted, whatever their scale, their angle and where they start from."""

import math
from itertools import pairwise

import numpy as np
import pytest

from dubito.maths.kernels import von_neumann_entropy
from dubito.maths.matrix_entropy import matrix_entropy


def test_isotropic_rows_have_them_all():
    rows = np.random.default_rng(0).normal(size=(200_000, 16))
    assert matrix_entropy(rows) == pytest.approx(1, abs=1e-3)
    # 4 of 16 equal eigenvalues: 4 * (1/16) log 16 / log 16
    assert matrix_entropy(rows, largest=4) == pytest.approx(0.25, abs=5e-3)


def test_rank_four_of_sixteen():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(16, 4)))[0]
    rows = rng.normal(size=(100_000, 4)) @ axes.T
    assert matrix_entropy(rows) == pytest.approx(math.log(4) / math.log(16), abs=1e-3)


def test_by_hand():
    """(2, 0), (-2, 0), (0, 1), (0, -1), (0, 7), (0, -7): two rows along x, four along y.

    Scaled to length 1 the covariance is diag(1/3, 2/3).
    """
    rows = np.array([[2, 0], [-2, 0], [0, 1], [0, -1], [0, 7], [0, -7]])
    h = (math.log(3) / 3 + 2 / 3 * math.log(1.5)) / math.log(2)
    assert matrix_entropy(rows) == pytest.approx(h)
    assert matrix_entropy(rows, largest=1) == pytest.approx(2 / 3 * math.log(1.5) / math.log(2))


def test_one_direction_has_none():
    rng = np.random.default_rng(0)
    line = rng.normal(size=(50, 1)) * rng.normal(size=12)
    assert abs(matrix_entropy(line)) < 1e-8
    assert matrix_entropy(np.full((9, 5), 0.1)) == 0
    assert matrix_entropy(np.ones((1, 5))) == 0
    assert abs(matrix_entropy(line + 1e3)) < 1e-8


def test_scale_rotation_and_shift_do_not_matter():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(40, 6)) * [5, 3, 1, 1, 0.2, 0.1]
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    for other in (rows * 1e6, rows * -1e-6, rows @ turn, rows + rng.normal(size=6) * 9):
        for largest in (None, 2):
            assert matrix_entropy(other, largest=largest) == pytest.approx(
                matrix_entropy(rows, largest=largest), abs=1e-9
            )


def test_more_eigenvalues_say_more():
    rows = np.random.default_rng(2).normal(size=(3, 4, 30, 6))
    found = [matrix_entropy(rows, largest=k) for k in (1, 2, 3, 6, 99)]
    assert all((b >= a).all() for a, b in pairwise(found))
    assert np.array_equal(found[-2], found[-1])
    assert np.allclose(found[-1], matrix_entropy(rows))
    assert found[0].shape == (3, 4)
    assert matrix_entropy(rows[1, 2], largest=3) == pytest.approx(found[2][1, 2])


def test_it_is_the_entropy_of_a_density_matrix():
    rows = np.random.default_rng(3).normal(size=(20, 5))
    unit = rows - rows.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    assert matrix_entropy(rows) == pytest.approx(
        von_neumann_entropy(unit.T @ unit / 20) / math.log(5), abs=1e-6
    )


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((0, 3)), np.ones((3, 1)), [[np.nan, 1.0]]])
def test_bad_rows(bad):
    with pytest.raises(ValueError, match="finite rows"):
        matrix_entropy(bad)
    with pytest.raises(ValueError, match="largest"):
        matrix_entropy(np.ones((3, 3)), largest=0)
