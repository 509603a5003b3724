"""Groups of tasks: by affinities of pairs, or by how far each is from the centres of groups."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import squareform

from dubito.evidence import Floats, Integers


def groups(affinity: ArrayLike, n_groups: int) -> Integers:
    """The group of each of T tasks, [T, T] -> [T] in 0 .. n_groups - 1, by average linkage.

    Groups whose pairs have the highest mean affinity are joined until so many are left. They are
    numbered in the order of their first task. Of an affinity that has a direction the mean of both
    counts; the diagonal does not. Scale and origin do not matter; of distances give the negative.

    Raises:
        ValueError: no square, a pair that was not measured, or more groups than tasks.
    """
    a = np.array(affinity, dtype=np.float64)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError(f"affinities [T, T] needed, got {a.shape}")
    if not 1 <= n_groups <= len(a):
        raise ValueError(f"{len(a)} tasks cannot make {n_groups} groups")
    np.fill_diagonal(a, 0.0)
    if not np.isfinite(a).all():
        i, j = np.argwhere(~np.isfinite(a))[0]
        raise ValueError(
            f"the affinity of tasks {i} and {j} is {a[i, j]}; leave out a task without gradient, "
            "or measure for longer"
        )
    if len(a) == 1:
        return np.zeros(1, dtype=int)
    pairs = squareform((a + a.T) / 2, checks=False)  # [T (T - 1) / 2]
    tree = linkage(pairs.max() - pairs, method="average")
    return in_order(cut_tree(tree, n_clusters=n_groups)[:, 0])


def in_order(labels: Integers) -> Integers:
    """The same groups numbered in the order of their first member, [T] -> [T]."""
    _, first, each = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[each]


def memberships(distances: ArrayLike, *, fuzziness: float = 1.07) -> Floats:
    """How far each of T tasks belongs to each of C centres, [T, C] -> [T, C] in [0, 1].

    By distance^(-2 / (fuzziness - 1)), rows of sum 1, as in fuzzy c-means [bezdek1984]. The
    nearer fuzziness is to 1, the harder. A task that lies on a centre belongs to it alone. A
    column weighs the losses of a model for that centre: `fixed_weights(torch.tensor(column))`.

    Raises:
        ValueError: fuzziness is not above 1, or a distance is below 0 or not finite.
    """
    d = np.asarray(distances, dtype=np.float64)
    if not fuzziness > 1:
        raise ValueError(f"fuzziness must be above 1, got {fuzziness}")
    if d.ndim != 2 or not d.size or not (np.isfinite(d) & (d >= 0)).all():
        raise ValueError(
            f"finite distances [T, C] of at least 0 needed, got {d.tolist()} of shape {d.shape}"
        )
    nearest = d.min(axis=1, keepdims=True)  # [T, 1]
    on_centre = nearest == 0
    # Powers of ratios overflow near fuzziness 1; in logs the nearest centre has 0.
    logs = np.log(np.where(d > 0, d, 1.0)) - np.log(np.where(on_centre, 1.0, nearest))
    weights = np.where(on_centre, d == 0, np.exp(-2 / (fuzziness - 1) * logs))
    return weights / weights.sum(axis=1, keepdims=True)
