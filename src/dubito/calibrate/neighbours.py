"""An index of labelled points: the nearest ones, and how many in a row agree with a prediction."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dubito.evidence import Floats, Integers
from dubito.extras import require

FIRST = 32  # neighbours asked for at once; most runs end within them
CHUNK = 2**22  # numbers held while distances are computed


class Support(NamedTuple):
    """What the index says of B queries."""

    matches: tuple[Integers, ...]  # B runs of agreeing points, nearest first
    distance: Floats  # [B] to the nearest point; infinite where there is none

    @property
    def similarity(self) -> Integers:
        """Length of each run, [B]."""
        return np.array([len(run) for run in self.matches], dtype=int)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """N points with the class that each has and the class that was predicted of it."""

    points: Floats  # [N, M]
    label: Integers  # [N]
    said: Integers  # [N]

    def support(
        self, queries: Floats, said: Integers, *, most: int, own: Integers | None = None
    ) -> Support:
        """The run of nearest points that are of the predicted class, and rightly predicted.

        It ends before the first point that is not, or at `most`. Of points equally far those that
        end it come first. Queries [B, M] with predictions [B]; where they are points of the index
        themselves, `own` [B] are their rows, which are passed over.
        """
        runs: list[Integers] = [np.zeros(0, dtype=int)] * len(queries)
        distance = np.full(len(queries), np.inf)
        waiting, k = np.arange(len(queries)), min(FIRST, most)
        while len(waiting):
            passed = None if own is None else own[waiting]
            index, far = nearest(self.points, queries[waiting], k, own=passed)
            distance[waiting] = far.min(axis=1, initial=np.inf)
            predicted = said[waiting, None]
            agree = (self.label[index] == predicted) & (self.said[index] == predicted)  # [B, k]
            order = np.lexsort((agree, far), axis=-1)
            run = np.take_along_axis(agree, order, axis=1).cumprod(axis=1).sum(axis=1)
            for row, i in enumerate(waiting):
                runs[i] = index[row, : run[row]]
            more = (run == k) & (k < most)  # fewer than k: the run ended, or the points did
            waiting, k = waiting[more], min(4 * k, most)
        return Support(tuple(runs), distance)


def nearest(
    points: Floats, queries: Floats, k: int, *, own: Integers | None = None
) -> tuple[Integers, Floats]:
    """Rows of the k nearest of N points and their distances, nearest first: [B, k'], [B, k'].

    k' is k or as many as there are. `own` [B]: rows of the queries among the points, left out.
    """
    asked = min(k + (own is not None), len(points))
    search = require("sklearn.neighbors", extra="calibrate").NearestNeighbors(
        n_neighbors=asked, algorithm="brute"
    )
    index = search.fit(points).kneighbors(queries, return_distance=False)
    # Computed again, since the search expands the square: equal points would lie apart.
    far = distances(points, queries, index)
    if own is not None:
        far = np.where(index == own[:, None], np.inf, far)
        asked = min(k, len(points) - 1)
    order = np.argsort(far, axis=1, kind="stable")[:, :asked]
    return np.take_along_axis(index, order, axis=1), np.take_along_axis(far, order, axis=1)


def distances(points: Floats, queries: Floats, index: NDArray[np.integer[Any]]) -> Floats:
    """Euclidean distance of each query to its listed points, [B, k]."""
    rows = max(1, CHUNK // max(1, index.shape[1] * points.shape[1]))
    parts = [
        np.linalg.norm(points[index[i : i + rows]] - queries[i : i + rows, None], axis=-1)
        for i in range(0, len(queries), rows)
    ]
    return np.concatenate(parts) if parts else np.zeros(index.shape)
