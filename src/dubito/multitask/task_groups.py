"""Groups of tasks from one joint training, by their data maps [sherif2023]."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans

from dubito.evidence import Floats, Integers
from dubito.multitask.grouping import in_order, memberships

k_means: Any = KMeans  # scikit-learn's own stub takes a default, a str, for the type


class TaskGroups:
    """How far each task belongs to each of C groups of tasks that find the same points hard.

    Fitted by k-means on the tasks' data maps as they are. Groups are numbered in the order of
    their first task. Then train one model a group on `fixed_weights` of its column of
    `memberships_`, and ask for a task the model of its group, `labels_`.

    It reads where tasks are hard and not what features they share: two unrelated tasks with the
    same easy points are close, and a task is as close to its complement as to itself. A bank of
    tasks of rare labels is split mainly by difficulty.

    Differs: memberships in logs, since their power overflows at this fuzziness. Fuzzy c-means in
    rounds is left out; hard groups are `labels_`, those of points are `point_shares`.
    """

    centres_: Floats  # [C, M]
    memberships_: Floats  # [T, C] rows of sum 1
    labels_: Integers  # [T] the nearest group

    def __init__(
        self, n_groups: int = 3, *, fuzziness: float = 1.07, restarts: int = 10, seed: int = 0
    ) -> None:
        if n_groups < 1 or restarts < 1:
            raise ValueError(f"groups and restarts at least 1, got {n_groups} and {restarts}")
        self.n_groups, self.fuzziness = n_groups, fuzziness
        self.restarts, self.seed = restarts, seed

    def fit(self, maps: ArrayLike) -> Self:
        """Of T tasks, [T, ...]: all maps of `DataMap.read`, in any further axes.

        Raises:
            ValueError: fewer different tasks than groups.
        """
        vectors = in_rows(maps)  # [T, M]
        found = clustered(vectors, self.n_groups, restarts=self.restarts, seed=self.seed)
        _, first = np.unique(found.labels_, return_index=True)  # [C]
        self.centres_ = found.cluster_centers_[np.argsort(first)]
        self.labels_ = in_order(found.labels_)
        self.memberships_ = self.predict(maps)
        return self

    def predict(self, maps: ArrayLike) -> Floats:
        """Memberships of tasks whose maps are of the same points, [B, ...] -> [B, C]."""
        vectors = in_rows(maps)
        if vectors.shape[1] != self.centres_.shape[1]:
            raise ValueError(
                f"maps of {self.centres_.shape[1]} entries were fitted, got {vectors.shape[1]}"
            )
        distances = np.linalg.norm(vectors[:, None] - self.centres_, axis=-1)  # [B, C]
        return memberships(distances, fuzziness=self.fuzziness)


def point_shares(
    maps: ArrayLike, n_groups: int = 3, *, restarts: int = 10, seed: int = 0
) -> Floats:
    """The share of each task's points in each of C clusters of points, [T, ..., 2] -> [T, C].

    All (mean, deviation) of all tasks are clustered together: where in the map a task's points
    lie, not which ones they are. Clusters come in the order of their mean confidence, lowest first.
    """
    array = np.asarray(maps, dtype=np.float64)
    if array.shape[-1] != 2:
        raise ValueError(f"maps of mean and deviation [T, ..., 2] needed, got {array.shape}")
    found = clustered(array.reshape(-1, 2), n_groups, restarts=restarts, seed=seed)
    place = np.argsort(np.argsort(found.cluster_centers_[:, 0]))  # [C]
    members = place[found.labels_].reshape(len(array), -1)  # [T, points]
    return (members[..., None] == np.arange(n_groups)).mean(axis=1)


def in_rows(maps: ArrayLike) -> Floats:
    """A vector for each task, [T, ...] -> [T, M].

    Raises:
        ValueError: an entry that is not finite.
    """
    array = np.asarray(maps, dtype=np.float64)
    if array.ndim < 2 or not np.isfinite(array).all():
        raise ValueError(f"finite maps [T, ...] needed, got shape {array.shape}")
    return array.reshape(len(array), -1)


def clustered(vectors: Floats, n_groups: int, *, restarts: int, seed: int) -> Any:
    """The best of several k-means of N vectors, [N, M].

    Raises:
        ValueError: fewer different vectors than groups.
    """
    different = len(np.unique(vectors, axis=0))
    if different < n_groups:
        raise ValueError(f"{different} different vectors cannot make {n_groups} groups")
    return k_means(n_groups, n_init=restarts, random_state=seed).fit(vectors)
