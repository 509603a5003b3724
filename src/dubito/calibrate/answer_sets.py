"""Sets of candidate answers, and the score that the right candidate has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.evidence import Floats, Integers
from dubito.maths.arrays import Flags

Scores = ArrayLike | Sequence[ArrayLike]  # [N, M], or N rows of any length


@dataclass(frozen=True, slots=True, eq=False)
class AnswerSets:
    """N sets of candidates; where `everything`, no answer is excluded, candidate or not."""

    members: Flags  # [N, M]
    everything: Flags  # [N]

    @property
    def sizes(self) -> NDArray[np.integer[Any]]:
        """How many candidates each set holds, [N] in 0..M; a set of everything holds all."""
        return self.members.sum(axis=1)

    def hold(self, right: ArrayLike) -> Flags:
        """Is the right answer in? [N] columns, -1 where it is no candidate -> [N]."""
        column = columns_of(right, self.members.shape)
        return self.everything | (self.members[np.arange(len(column)), column] & (column >= 0))

    def of(self, names: Sequence[Sequence[str]]) -> list[list[str] | None]:
        """The candidates of each set by their names; None where it is everything."""
        return [
            None if every else [name for name, is_in in zip(row, members, strict=False) if is_in]
            for row, members, every in zip(names, self.members, self.everything, strict=True)
        ]


def table(scores: Scores) -> Floats:
    """Scores of N questions' candidates as [N, M], higher = more credible; NaN: no candidate.

    Raises:
        ValueError: no question, no candidate at all, a row that is no list, or an infinite score.
    """
    rows = [np.asarray(row, dtype=np.float64) for row in scores]  # type: ignore[union-attr]
    if any(row.ndim != 1 for row in rows):
        raise ValueError(f"scores [N, M] or N lists needed, got rows of shape {rows[0].shape}")
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise ValueError(f"no candidate in {len(rows)} questions; give each one score a candidate")
    filled = np.full((len(rows), width), np.nan)
    for row, given in zip(filled, rows, strict=True):
        row[: len(given)] = given
    if (filled == np.inf).any():
        raise ValueError("a score is infinite; give probabilities or their logs")
    return filled


def columns_of(right: ArrayLike, shape: tuple[int, ...]) -> Integers:
    """The right candidates' columns [N], checked against a table [N, M]; -1 for none."""
    column = np.asarray(right)
    if column.shape != shape[:1] or not np.issubdtype(column.dtype, np.integer):
        raise ValueError(
            f"one whole number for each of {shape[0]} questions needed, the right candidate's "
            f"column, got {column.dtype} of shape {column.shape}"
        )
    outside = (column < -1) | (column >= shape[1])
    if outside.any():
        raise ValueError(
            f"a right candidate has a column in 0..{shape[1] - 1}, or -1 where it is none of "
            f"them, got {column[outside][0]}"
        )
    return column


def right_scores(scores: Floats, column: Integers) -> Floats:
    """The right candidate's score [N]; -inf where there is none, or it has no score."""
    score = scores[np.arange(len(column)), column]
    return np.where((column >= 0) & ~np.isnan(score), score, -np.inf)
