"""R-Tuning [zhang2024r]: references tuned on with the note whether the model knew them before.

Who is sure: those whose own greedy answer is right (the main variant), or `less_doubtful_half` of
the entropies of drawn answers, without references (R-Tuning-U). The third variant, a refusal in
the place of the unknown references, is `dubito.data.refusal_tuning.selected(examples, right)`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.data.refusal_tuning import Taught
from dubito.evidence import Floats
from dubito.learn.scale import SURE, Scale


def told_sure(examples: Sequence[Taught], sure: ArrayLike, *, scale: Scale = SURE) -> list[Taught]:
    """Each question with its reference, the query, and the word for sure or unsure, all learnt.

    `sure` holds a flag for each of N questions: was the reference known, or do the model's draws
    agree? The reference stays where it was not known, so that tuning teaches some of it, which
    is the recipe; own answers in its place would be calibration tuning.

    Differs: the question is not learnt; other words for the query.

    Raises:
        ValueError: another number of flags than of examples.
    """
    flags = np.asarray(sure, dtype=bool)
    if flags.shape != (len(examples),):
        raise ValueError(f"{len(examples)} examples need as many flags, got shape {flags.shape}")
    words = (scale.words[0], scale.words[-1])
    return [
        Taught(one.request, one.answer + scale.query + words[int(flag)])
        for one, flag in zip(examples, flags, strict=True)
    ]


def less_doubtful_half(doubt: ArrayLike) -> NDArray[np.bool_]:
    """The half of N questions with the least doubt, [N] -> [N], rounded down; ties as they come.

    Half are unsure even where an expert is asked.

    Raises:
        ValueError: no row of doubts, or one that is not a number.
    """
    values = np.asarray(doubt, dtype=np.float64)
    if values.ndim != 1 or np.isnan(values).any():
        raise ValueError(f"doubts must be a row of numbers, got {values.tolist()}")
    sure = np.zeros(len(values), dtype=bool)
    sure[np.argsort(values, kind="stable")[: len(values) // 2]] = True
    return sure


def certainty(answer: ArrayLike, sure: ArrayLike) -> Floats:
    """Mean of the answer's confidence and of p(sure), in [0, 1], higher is more certain; [N].

    The answer's confidence is the geometric mean of its greedy tokens' probabilities.

    Raises:
        ValueError: one outside of [0, 1].
    """
    p, q = np.asarray(answer, dtype=np.float64), np.asarray(sure, dtype=np.float64)
    if not all(((x >= 0) & (x <= 1)).all() for x in (p, q)):
        raise ValueError(f"probabilities must lie in [0, 1], got {p.tolist()} and {q.tolist()}")
    return (p + q) / 2
