"""Verbalised probability [lin2022]: a model learns to state how often it is right on such tasks."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats, Integers

ROUNDING = 1e-9  # 100 * 0.57 is 56.99999999999999


def share_right(task: ArrayLike, right: ArrayLike) -> Floats:
    """Share of the model's own answers that are right in the sub-task of each, [N], [N] -> [N].

    This is what an answer's confidence is taught to be: grades of single answers would make the
    stated numbers go to both ends.

    Differs: the loss that goes with it here, `stating_loss`, compares the words that state a
    confidence with each other, not with the whole vocabulary.

    Raises:
        ValueError: rows of two lengths, or none.
    """
    names, grade = np.asarray(task), np.asarray(right, dtype=np.float64)
    if names.ndim != 1 or names.shape != grade.shape or not names.size:
        raise ValueError(f"a task and a grade for each answer, got {names.shape}, {grade.shape}")
    place = np.unique(names, return_inverse=True)[1]
    return (np.bincount(place, weights=grade) / np.bincount(place))[place]


def level(confidence: ArrayLike, *, highest: int = 100) -> Integers:
    """Confidences as whole numbers in 0 .. highest, rounded down.

    Raises:
        ValueError: one outside of [0, 1].
    """
    p = np.asarray(confidence, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"confidences must lie in [0, 1], got {p.min()} to {p.max()}")
    return np.floor(highest * p + ROUNDING).astype(np.int64)
