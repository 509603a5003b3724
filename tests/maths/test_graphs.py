import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag, eigvals

from dubito.maths.graphs import (
    degree_doubt,
    eccentricities,
    eccentricity,
    laplacian,
    pair_distance,
    soft_components,
    spectrum,
)


def blocks(*sizes: int) -> np.ndarray:
    """Groups whose members are wholly alike and share nothing with other groups."""
    return block_diag(*(np.ones((n, n)) for n in sizes))


def random_similarity(seed: int, k: int) -> np.ndarray:
    w = np.random.default_rng(seed).uniform(0.01, 1, size=(k, k))
    w = (w + w.T) / 2
    np.fill_diagonal(w, 1.0)
    return w


# c blocks of ones: degree 1 - sum n_i^2 / K^2, eccentricity sqrt(c - 1), eigenvalue sum c.
@pytest.mark.parametrize(
    ("sizes", "degree", "spread", "components"),
    [
        ((4,), 0.0, 0.0, 1.0),
        ((1, 1, 1, 1), 0.75, 3**0.5, 4.0),
        ((2, 2), 0.5, 1.0, 2.0),
        ((3, 1), 0.375, 1.0, 2.0),
        ((2, 3, 5), 1 - 38 / 100, 2**0.5, 3.0),
    ],
)
def test_blocks_of_the_card(sizes, degree, spread, components):
    w = blocks(*sizes)
    assert degree_doubt(w) == pytest.approx(degree)
    assert eccentricity(w) == pytest.approx(spread, abs=1e-7)
    assert soft_components(w) == pytest.approx(components)


def test_three_answers_of_the_card():
    """W12 = 1/2, the third alone: (9 - 3 - 2 * 1/2) / 9 = 5/9.

    D = (3/2, 3/2, 1); on {1, 2} the scaled W is [[2/3, 1/3], [1/3, 2/3]] with eigenvalues 1 and
    1/3, so the Laplacian's are 0, 2/3, 0, all below 0.9: 1 + 1/3 + 1 = 7/3; three eigenvectors
    of three, centred: sqrt(3 - 1).
    """
    w = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    assert degree_doubt(w) == pytest.approx(5 / 9)
    assert soft_components(w) == pytest.approx(7 / 3)
    assert eccentricity(w) == pytest.approx(2**0.5)
    np.testing.assert_allclose(spectrum(w).values, [0, 0, 2 / 3], atol=1e-12)


def test_eigenvalues_above_one_do_not_subtract():
    """W = [[.2, 1], [1, .2]]: D = 1.2, eigenvalues 1 -+ (1/6 +- 5/6) are 0 and 5/3: sum 1."""
    w = np.array([[0.2, 1], [1, 0.2]])
    np.testing.assert_allclose(spectrum(w).values, [0, 5 / 3], atol=1e-12)
    assert soft_components(w) == pytest.approx(1.0)


def test_cut_drops_eigenvectors():
    """W12 = 0.05: eigenvalues 0 and 2 * .05 / 1.05 = .0952; only the first is below .05."""
    w = np.array([[1, 0.05], [0.05, 1]])
    assert eccentricity(w) == pytest.approx(1.0)
    np.testing.assert_allclose(eccentricities(w, cut=0.05), [0, 0], atol=1e-12)
    assert eccentricities(w, cut=-1.0).tolist() == [0, 0]  # none kept


def test_an_eigenvalue_at_the_cut_is_not_below_it():
    """Three answers, .75 alike: 3 * .75 / 2.5 = .9 twice, one of them 1e-16 less in floats."""
    w = np.full((3, 3), 0.75) + 0.25 * np.eye(3)
    np.testing.assert_array_equal(spectrum(w).values[1:], [0.9, 0.9])
    assert eccentricity(w) == 0


def test_each_distance_from_the_centre():
    """Groups of 3 and 1 place their members at (3^-1/2, 0) and (0, 1), centre (3^.5 / 4, 1/4).

    Squared distance of each of the three: (3^-1/2 - 3^.5 / 4)^2 + 1/16 = 1/48 + 1/16 = 1/12; of
    the one: 3/16 + 9/16 = 3/4. Together 3/12 + 3/4 = 1.
    """
    np.testing.assert_allclose(eccentricities(blocks(3, 1)) ** 2, [1 / 12] * 3 + [3 / 4])


def test_pairs_leave_out_the_diagonal():
    """Distances 1/2, 1 and 3/4 of three pairs: 3/4; with the diagonal 2 * 9/4 / 9 = 1/2."""
    w = np.array([[1, 0.5, 0], [0.5, 1, 0.25], [0, 0.25, 1]])
    assert pair_distance(w) == pytest.approx(0.75)
    assert degree_doubt(w) == pytest.approx(0.5)


@settings(deadline=None)  # other work may share the processor
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_laws(seed, k):
    w = random_similarity(seed, k)
    off = ~np.eye(k, dtype=bool)
    values = spectrum(w).values
    walk = eigvals(np.eye(k) - w / w.sum(1, keepdims=True))  # a similar matrix
    np.testing.assert_allclose(np.sort(walk.real), values, atol=1e-9)
    assert values[0] == pytest.approx(0, abs=1e-9)
    assert values[-1] <= 2 + 1e-9
    assert values.sum() == pytest.approx(k - (1 / w.sum(1)).sum())  # the trace
    assert 1 - 1e-9 <= soft_components(w) <= k
    np.testing.assert_allclose(soft_components(w * 7), soft_components(w))  # scale falls out
    assert eccentricity(w) <= (k - 1) ** 0.5 + 1e-9
    assert degree_doubt(w) == pytest.approx(pair_distance(w) * off.mean())
    order = np.random.default_rng(seed).permutation(k)
    np.testing.assert_allclose(eccentricity(w[np.ix_(order, order)]), eccentricity(w), atol=1e-6)


@pytest.mark.parametrize(
    ("w", "says"),
    [
        (np.array([[1, 0.2], [0.3, 1]]), "symmetric"),
        (np.array([[1, np.nan], [np.nan, 1]]), "symmetric"),
        (np.array([[1, -0.1], [-0.1, 1]]), "at least 0"),
        (np.array([[0.0, 1], [1, 1]]), "diagonal"),
        (np.ones((2, 3)), "square"),
        (np.ones((0, 0)), "square"),
    ],
)
def test_bad_similarity_is_refused(w, says):
    for function in (laplacian, soft_components, degree_doubt, eccentricities):
        with pytest.raises(ValueError, match=says):
            function(w)


def test_one_answer_has_no_pair():
    assert degree_doubt(np.ones((1, 1))) == 0
    with pytest.raises(ValueError, match="at least 2"):
        pair_distance(np.ones((1, 1)))
