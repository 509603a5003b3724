"""Does an encoder's doubt carry over to classes it never saw? The URL protocol [kirchhof2023].

Embed and doubt a set whose classes were not trained on, without adapting anything; then ask
whether the doubt tells which nearest neighbours are of another class. Where people disagree
about inputs, `maths.ranks.spearman` compares the doubt with the entropy of what they say.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Floats
from dubito.maths.ranking import auroc
from dubito.maths.retrieval import neighbour_alike


class Embedded(NamedTuple):
    """A set of N inputs as an encoder sees it."""

    embeddings: Floats  # [N, d]
    doubt: Floats  # [N] higher = less certain
    labels: NDArray[Any]  # [N]

    def part(self, count: int, rng: np.random.Generator) -> "Embedded":
        """So many of them at random."""
        chosen = rng.permutation(len(self.labels))[:count]
        return Embedded(*(column[chosen] for column in self))


class Transfer(NamedTuple):
    """How well embeddings and their doubt serve on one set."""

    recall: float  # R@1 in [0, 1]: nearest neighbours of the same class
    r_auroc: float  # in [0, 1], 0.5 is useless; NaN where all neighbours are right, or none is


def transferred(embeddings: ArrayLike, doubt: ArrayLike, labels: ArrayLike) -> Transfer:
    """Recall and R-AUROC of one set: [N, d], [N] higher = less certain, [N].

    A row's neighbour is the one with the highest cosine among all the others. Equal rows of one
    class make the task look easier than it is: leave duplicates out before. Any increasing
    function of the doubt gives the same.

    Raises:
        ValueError: a doubt that is NaN, or not one for each row.
    """
    right = neighbour_alike(embeddings, labels)
    if np.shape(doubt) != right.shape:
        raise ValueError(f"one doubt for each of {len(right)} rows needed, got {np.shape(doubt)}")
    return Transfer(float(right.mean()), auroc(doubt, ~right))


def mean_transfer(sets: Sequence[Transfer]) -> Transfer:
    """The average over sets; those without an R-AUROC count for recall only."""
    if not sets:
        raise ValueError("no set given; at least one is needed")
    recall, r_auroc = np.array(sets, dtype=np.float64).T
    known = r_auroc[~np.isnan(r_auroc)]
    return Transfer(float(recall.mean()), float(known.mean()) if len(known) else float("nan"))


def mixed(known: Embedded, unseen: Embedded, *, seed: int = 0) -> Transfer:
    """The same on known and unseen classes, half and half; the larger set gives a part of itself.

    Raises:
        ValueError: a class that is in both sets.
    """
    shared = set(np.unique(known.labels)) & set(np.unique(unseen.labels))
    if shared:
        raise ValueError(f"classes in both sets: {sorted(shared)}; unseen ones must be new")
    count = min(len(known.labels), len(unseen.labels))
    rng = np.random.default_rng(seed)
    halves = known.part(count, rng), unseen.part(count, rng)
    return transferred(*map(np.concatenate, zip(*halves, strict=True)))


def rises_when_cropped(doubt: ArrayLike, cropped: ArrayLike) -> float:
    """Share of inputs whose doubt is higher once a part is cut off, in [0, 1]; ties count half."""
    before, after = np.asarray(doubt, dtype=np.float64), np.asarray(cropped, dtype=np.float64)
    if before.shape != after.shape or not before.size:
        raise ValueError(f"doubts before and after needed, got {before.shape} and {after.shape}")
    return float(((after > before) + 0.5 * (after == before)).mean())


def tells_unseen(known: ArrayLike, unseen: ArrayLike) -> float:
    """Chance in [0, 1] that the doubt of an unseen class is above that of a known one."""
    a, b = np.asarray(known), np.asarray(unseen)
    return auroc(np.concatenate([a, b]), np.arange(len(a) + len(b)) >= len(a))
