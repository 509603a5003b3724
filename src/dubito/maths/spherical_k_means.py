"""Spherical k-means [dhillon2001]: clusters of directions."""

import numpy as np

from dubito.maths.arrays import Floats


def spherical_k_means(
    vectors: Floats, clusters: int, *, seed: int = 0, rounds: int = 100
) -> Floats:
    """Unit centroids that lie close in angle to N vectors, [N, d] -> [K, d].

    Each vector belongs to the centroid of highest cosine; a centroid is the direction of its
    vectors' mean. The first is a vector drawn by the seed, each next one the vector farthest from
    all before. A cluster without a mean direction, such as one that lost its last vector, stays.

    Raises:
        ValueError: fewer different directions than clusters, or a vector of length 0.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise ValueError(f"vector {int(np.argmin(lengths))} has no direction: its length is 0")
    unit = vectors / lengths  # [N, d]
    centroids = farthest(unit, clusters, seed=seed)  # [K, d]
    members = np.full(len(unit), -1)
    for _ in range(rounds):
        nearest = (unit @ centroids.T).argmax(axis=1)  # [N]
        if (nearest == members).all():
            break
        members = nearest
        for k in range(clusters):
            total = unit[members == k].sum(axis=0)
            length = np.linalg.norm(total)
            if length > 0:
                centroids[k] = total / length
    return centroids


def farthest(unit: Floats, count: int, *, seed: int) -> Floats:
    """So many of N unit vectors, each the one of least cosine to those before; [N, d] -> [K, d]."""
    chosen = [int(np.random.default_rng(seed).integers(len(unit)))]
    nearest = unit @ unit[chosen[0]]  # [N] highest cosine to one that is chosen
    while len(chosen) < count:
        chosen.append(int(nearest.argmin()))
        if nearest[chosen[-1]] > 1 - 1e-12:
            raise ValueError(f"{len(chosen) - 1} different directions cannot make {count} clusters")
        nearest = np.maximum(nearest, unit @ unit[chosen[-1]])
    return unit[chosen]
