"""The two linear maps below an SDM layer, and what the known points say of their output."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dubito.calibrate.holdout import Rows
from dubito.calibrate.neighbours import Neighbours, Support
from dubito.calibrate.sdm_activation import nearness, sdm_loss
from dubito.evidence import Floats

MOST = 1000  # neighbours counted
SOFTMAX = (np.e - 2, 1.0)  # similarity and nearness with which the activation is the softmax


class Weighing(NamedTuple):
    """Similarity [N] >= 0 and nearness [N] in [0, 1] of N points."""

    similarity: Floats
    nearness: Floats


@dataclass(frozen=True, eq=False)
class Adaptor:
    """Features to exemplar vectors to logits, one linear map each: [N, d] -> [N, M], [N, K]."""

    weight: Floats  # [M, d]
    bias: Floats  # [M]
    class_weight: Floats  # [K, M]
    class_bias: Floats  # [K]

    def __call__(self, features: Floats) -> tuple[Floats, Floats]:
        """Exemplar vectors and logits."""
        vectors = features @ self.weight.T + self.bias
        return vectors, vectors @ self.class_weight.T + self.class_bias


def index_of(adaptor: Adaptor, rows: Rows) -> Neighbours:
    """The rows as points with their classes and predictions."""
    vectors, logits = adaptor(rows.features)
    return Neighbours(vectors, rows.labels, logits.argmax(axis=1))


def stored_distances(
    support: Support, labels: NDArray[np.integer[Any]], classes: int
) -> tuple[Floats, ...]:
    """Sorted distances to the nearest point, of supported points of each class."""
    kept = support.similarity > 0
    return tuple(np.sort(support.distance[kept & (labels == c)]) for c in range(classes))


def supported(adaptor: Adaptor, train: Rows, other: Rows) -> tuple[Weighing, Weighing]:
    """How the training points weigh themselves, each passed over, and other points."""
    index = index_of(adaptor, train)
    own = index.support(index.points, index.said, most=MOST, own=np.arange(len(index.points)))
    known = stored_distances(own, train.labels, len(adaptor.class_bias))
    vectors, logits = adaptor(other.features)
    theirs = index.support(vectors, logits.argmax(axis=1), most=MOST)
    mine, others = (
        Weighing(s.similarity.astype(np.float64), nearness(s.distance, known))
        for s in (own, theirs)
    )
    return mine, others


def as_softmax(_: Adaptor, train: Rows, other: Rows) -> tuple[Weighing, Weighing]:
    """Weights with which the activation is the softmax and the loss in nats, whatever the rows."""
    mine, others = (
        Weighing(*(np.full(len(rows.labels), value) for value in SOFTMAX))
        for rows in (train, other)
    )
    return mine, others


def balanced_loss(adaptor: Adaptor, rows: Rows, weighing: Weighing) -> float:
    """Mean over the classes of their mean loss."""
    each = sdm_loss(adaptor(rows.features)[1], rows.labels, *weighing)
    present = np.unique(rows.labels)
    return float(np.mean([each[rows.labels == c].mean() for c in present]))
