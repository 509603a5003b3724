"""Groups by affinities of pairs, and memberships by distances from centres."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from dubito.multitask.grouping import groups, in_order, memberships

NAN = float("nan")


def test_by_hand() -> None:
    """Tasks 0 and 2 agree, 1 and 3 agree less; the rest conflict. Then 1 and 3 part first."""
    affinity = np.full((4, 4), -0.5)
    affinity[0, 2] = affinity[2, 0] = 0.9
    affinity[1, 3] = affinity[3, 1] = 0.4
    assert groups(affinity, 1).tolist() == [0, 0, 0, 0]
    assert groups(affinity, 2).tolist() == [0, 1, 0, 1]
    assert groups(affinity, 3).tolist() == [0, 1, 0, 2]
    assert groups(affinity, 4).tolist() == [0, 1, 2, 3]


def test_the_mean_of_pairs_decides() -> None:
    """After {0, 1}: with 2 the mean is (.8 + -.6) / 2 = .1, with 3 it is .2, though .8 > .2."""
    affinity = np.array([[0, 0.9, 0.8, 0.2], [0, 0, -0.6, 0.2], [0, 0, 0, -1], [0, 0, 0, 0.0]])
    assert groups(affinity + affinity.T, 2).tolist() == [0, 0, 1, 0]


def test_both_directions_count_alike_and_the_diagonal_does_not() -> None:
    """(0, 1): (1 + -1) / 2 = 0; (0, 2): (.1 + .1) / 2 = .1; (1, 2): -1."""
    affinity = np.array([[NAN, 1, 0.1], [-1, -5, -1], [0.1, -1, 99]])
    assert groups(affinity, 2).tolist() == [0, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_against_scikit_learn(seed) -> None:
    a = np.random.default_rng(seed).uniform(-1, 1, size=(12, 12))
    a = (a + a.T) / 2
    for n in (2, 5, 9):
        theirs = AgglomerativeClustering(n, metric="precomputed", linkage="average").fit(1 - a)
        assert adjusted_rand_score(groups(a, n), theirs.labels_) == 1


def test_scale_origin_and_order_of_tasks() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(9, 9))
    plain, order = groups(a, 4), rng.permutation(9)
    assert groups(3 * a - 7, 4).tolist() == plain.tolist()
    turned = groups(a[np.ix_(order, order)], 4)
    assert turned.tolist() == in_order(plain[order]).tolist()


def test_equal_affinities_still_make_so_many_groups() -> None:
    for n in range(1, 6):
        assert len(set(groups(np.ones((5, 5)), n).tolist())) == n


def test_one_task() -> None:
    assert groups([[NAN]], 1).tolist() == [0]


def test_groups_are_numbered_by_their_first_task() -> None:
    assert in_order(np.array([7, 2, 7, 5, 2])).tolist() == [0, 1, 0, 2, 1]


@pytest.mark.parametrize(
    ("affinity", "n", "words"),
    [
        (np.zeros((2, 3)), 1, r"affinities \[T, T\] needed, got \(2, 3\)"),
        (np.zeros((2, 2)), 3, "2 tasks cannot make 3 groups"),
        (np.zeros((2, 2)), 0, "2 tasks cannot make 0 groups"),
        ([[1, NAN], [0.2, 1]], 1, "the affinity of tasks 0 and 1 is nan"),
    ],
    ids=["shape", "many", "none", "nan"],
)
def test_refused_affinities(affinity, n, words) -> None:
    with pytest.raises(ValueError, match=words):
        groups(affinity, n)


@pytest.mark.parametrize(
    ("distances", "fuzziness", "expected"),
    [
        ([3.0, 3.0], 1.07, [0.5, 0.5]),
        ([1.0, 2.0], 2.0, [0.8, 0.2]),  # 1 and 1/4
        ([1.0, 1.1], 1.07, [0.9384, 0.0616]),  # 1.1^-28.57 = .0656
        ([2.0, 4.0, 4.0], 3.0, [0.5, 0.25, 0.25]),  # 1/2, 1/4, 1/4
        ([0.0, 1e-9], 1.07, [1.0, 0.0]),
        ([0.0, 0.0, 5.0], 1.07, [0.5, 0.5, 0.0]),
        ([7.0], 1.07, [1.0]),
    ],
    ids=["equal", ".8", ".9384", "three", "on one", "on two", "one centre"],
)
def test_memberships(distances, fuzziness, expected) -> None:
    found = memberships([distances], fuzziness=fuzziness)
    np.testing.assert_allclose(found, [expected], atol=5e-5)


def test_each_task_by_its_own_row() -> None:
    found = memberships([[1.0, 2.0], [2.0, 1.0], [0.0, 1.0]], fuzziness=2.0)
    np.testing.assert_allclose(found, [[0.8, 0.2], [0.2, 0.8], [1, 0]])


def test_no_overflow_and_no_unit() -> None:
    """Powers of 28,571 of distances from 1e-200 to 1e200; the unit does not count."""
    d = np.random.default_rng(0).uniform(0.1, 3, size=(20, 4))
    for fuzziness in (1.00007, 1.07, 2.0):
        plain = memberships(d, fuzziness=fuzziness)
        assert np.isfinite(plain).all()
        np.testing.assert_allclose(plain.sum(axis=1), 1)
        for unit in (1e-200, 1e200):
            np.testing.assert_allclose(memberships(unit * d, fuzziness=fuzziness), plain)


@pytest.mark.parametrize("fuzziness", [1.0, 0.5, NAN])
def test_refused_fuzziness(fuzziness) -> None:
    with pytest.raises(ValueError, match="fuzziness must be above 1"):
        memberships([[1.0]], fuzziness=fuzziness)


@pytest.mark.parametrize(
    "distances",
    [[[1.0, -1.0]], [[NAN]], [[np.inf]], [1.0], [[]]],
    ids=["-1", "nan", "inf", "row", "0"],
)
def test_refused_distances(distances) -> None:
    with pytest.raises(ValueError, match=r"finite distances \[T, C\] of at least 0 needed"):
        memberships(distances)
