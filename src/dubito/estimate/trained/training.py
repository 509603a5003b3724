"""What every estimator that is fitted checks at its door."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Evidence


class NotFitted(ValueError):
    """An estimator was asked before it was fitted."""


class Judged(NamedTuple):
    """The evidence whose answer has been judged."""

    evidence: tuple[Evidence, ...]  # n
    wrong: NDArray[np.bool_]  # [n]


def refuse_unfitted(estimator: object) -> None:
    """Fitted values have names that end in `_`; without one there was no fit."""
    if not any(name.endswith("_") for name in vars(estimator)):
        raise NotFitted(
            f"this {type(estimator).__name__} has not been fitted; "
            "call fit(evidence, wrong) first, or load a fitted one"
        )


def judged(evidence: Sequence[Evidence], wrong: ArrayLike) -> Judged:
    """The evidence [N] with a label: 1 or True wrong, 0 or False right; None or NaN not judged.

    Raises:
        ValueError: another label, or not one for each evidence.
    """
    labels = as_labels(wrong)
    if labels.shape != (len(evidence),):
        raise ValueError(
            f"one label for each of {len(evidence)} evidence needed, got shape {labels.shape}"
        )
    known = ~np.isnan(labels)
    odd = labels[known & ~np.isin(labels, (0, 1))]
    if len(odd):
        raise ValueError(f"a label is 1 (wrong), 0 (right) or NaN (not judged), got {odd[0]}")
    kept = tuple(e for e, k in zip(evidence, known, strict=True) if k)
    return Judged(kept, labels[known].astype(bool))


def as_labels(wrong: ArrayLike) -> NDArray[np.floating[Any]]:
    """Labels as floats, None as NaN."""
    return np.asarray(wrong, dtype=np.float64)


def of_both_classes(evidence: Sequence[Evidence], wrong: ArrayLike) -> Judged:
    """The judged evidence, of which some is wrong and some is right.

    Raises:
        ValueError: all of one class, from which nothing can be learnt.
    """
    found = judged(evidence, wrong)
    n_wrong = int(found.wrong.sum())
    if n_wrong in (0, len(found.wrong)):
        raise ValueError(
            f"{n_wrong} of {len(found.wrong)} judged answers are wrong; "
            "a fit needs right and wrong ones: judge more answers"
        )
    return found


def right_ones(evidence: Sequence[Evidence], wrong: ArrayLike | None) -> tuple[Evidence, ...]:
    """The evidence of right answers; of all answers where there are no labels.

    Raises:
        ValueError: no answer is right.
    """
    if wrong is None:
        return tuple(evidence)
    found = judged(evidence, wrong)
    if found.wrong.all():
        raise ValueError(
            f"{len(found.wrong)} of {len(found.wrong)} judged answers are wrong; a fit needs "
            "right ones: judge more answers, or leave the labels away to fit on all"
        )
    return tuple(e for e, w in zip(found.evidence, found.wrong, strict=True) if not w)
