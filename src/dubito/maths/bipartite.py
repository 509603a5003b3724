"""A graph with two sides, claims and the texts that make them: how central is each claim?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from dubito.maths.arrays import Floats
from dubito.maths.graphs import DIGITS


def two_sided(edges: ArrayLike) -> NDArray[np.bool_]:
    """The edges as bool [C, R].

    Raises:
        ValueError: not a matrix of flags, or one side is empty.
    """
    linked = np.asarray(edges)
    if linked.ndim != 2 or not linked.size or linked.dtype != np.bool_:
        raise ValueError(
            f"edges must be bool [C, R] with C, R >= 1, got {linked.dtype} {linked.shape}"
        )
    return linked


def degree(edges: ArrayLike) -> Floats:
    """Share of the R texts that each claim is linked to, in [0, 1]: bool [C, R] -> [C]."""
    return two_sided(edges).mean(axis=1)


def closeness(edges: ArrayLike) -> Floats:
    """Closeness of each claim to all other nodes, in [0, 1]: bool [C, R] -> [C].

    Over the nodes that a path leads to: the least sum of distances that two sides allow, 1 to a
    text and 2 to a claim, by the sum that there is, times the share of all others that they are.
    1 where every text makes the claim and each other claim has a text, 0 where none makes it.
    """
    linked = two_sided(edges)
    claims, texts = linked.shape
    nodes = claims + texts
    adjacency = np.zeros((nodes, nodes))
    adjacency[:claims, claims:] = linked
    far = shortest_path(
        csr_array(adjacency), directed=False, unweighted=True, indices=np.arange(claims)
    )  # [C, C + R]
    reached = np.isfinite(far)
    total = np.where(reached, far, 0.0).sum(axis=1)
    share = (reached.sum(axis=1) - 1) / (nodes - 1)
    least = reached[:, claims:].sum(axis=1) + 2 * (reached[:, :claims].sum(axis=1) - 1)  # [C]
    return np.round(np.where(total > 0, share * least / np.where(total > 0, total, 1), 0.0), DIGITS)
