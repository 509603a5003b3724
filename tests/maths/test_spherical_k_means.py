"""Clusters of directions: found where planted, whatever the lengths."""

import numpy as np
import pytest

from dubito.maths.spherical_k_means import spherical_k_means


def planted(per: int = 40, *, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(4), per)
    return np.eye(6)[kind] + noise * rng.normal(size=(4 * per, 6)), kind


def test_by_hand() -> None:
    """Two near each axis: the means of (1, 0), (.8, .6) and of (0, 1), (-.6, .8), at length 1.

    (1.8, 0.6) / sqrt(3.6) = (.9487, .3162); (-.6, 1.8) / sqrt(3.6) = (-.3162, .9487).
    """
    given = np.array([[1.0, 0], [0.8, 0.6], [0, 1], [-0.6, 0.8]])
    found = spherical_k_means(given, 2)
    found = found[np.argsort(-found[:, 0])]
    np.testing.assert_allclose(found, [[0.9487, 0.3162], [-0.3162, 0.9487]], atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_planted_clusters_are_found(seed) -> None:
    vectors, kind = planted()
    centroids = spherical_k_means(vectors, 4, seed=seed)
    np.testing.assert_allclose(np.linalg.norm(centroids, axis=1), 1.0)
    nearest = (vectors @ centroids.T).argmax(axis=1)
    assert len({tuple(np.unique(nearest[kind == k])) for k in range(4)}) == 4
    assert all(len(np.unique(nearest[kind == k])) == 1 for k in range(4))


def test_at_the_end_each_centroid_is_the_direction_of_its_own() -> None:
    vectors, _ = planted(noise=0.8)
    centroids = spherical_k_means(vectors, 5)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = (unit @ centroids.T).argmax(axis=1)
    for k, centroid in enumerate(centroids):
        mean = unit[nearest == k].sum(axis=0)
        np.testing.assert_allclose(mean / np.linalg.norm(mean), centroid, atol=1e-12)


def test_lengths_do_not_count() -> None:
    vectors, _ = planted(noise=0.5)
    longer = vectors * np.random.default_rng(1).uniform(0.1, 50, size=(len(vectors), 1))
    np.testing.assert_allclose(spherical_k_means(longer, 4), spherical_k_means(vectors, 4))


def test_it_is_about_angles_and_not_distances() -> None:
    """Opposite directions are two clusters, though their mean lies between all others."""
    given = np.array([[5.0, 0], [-5, 0], [1, 0.1], [-1, 0.1]])
    found = spherical_k_means(given, 2)
    assert sorted(np.sign(found[:, 0])) == [-1, 1]


def test_without_a_mean_direction_it_stays() -> None:
    given = np.array([[1.0, 0], [-1, 0]])
    assert np.abs(spherical_k_means(given, 1)).tolist() == [[1.0, 0.0]]


def test_as_many_clusters_as_vectors() -> None:
    vectors = np.random.default_rng(2).normal(size=(5, 3))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = spherical_k_means(vectors, 5)
    np.testing.assert_allclose((unit @ found.T).max(axis=1), 1.0)


def test_same_seed_same_clusters() -> None:
    vectors, _ = planted(noise=0.9)
    np.testing.assert_array_equal(spherical_k_means(vectors, 3), spherical_k_means(vectors, 3))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="2 different directions cannot make 3 clusters"):
        spherical_k_means(np.array([[1.0, 0], [2, 0], [0, 1]]), 3)
    with pytest.raises(ValueError, match="vector 1 has no direction"):
        spherical_k_means(np.array([[1.0, 0], [0, 0]]), 1)
