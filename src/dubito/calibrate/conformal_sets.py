"""Sets of answers that hold the right one as often as promised [vovk2005, sadinle2019, kumar2023].

Split conformal prediction; Mondrian, by kind of question; class-conditional, by answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.calibrate.answer_sets import AnswerSets, Scores, columns_of, right_scores, table
from dubito.evidence import Floats
from dubito.maths.quantiles import conformal_quantile

Cell = tuple[Any, int | None]  # kind of question, column of answer; None: all alike


class ConformalSets:
    """The candidates whose score reaches a threshold: the right one with P >= 1 - alpha.

    The promise is for one more question exchangeable with those of the fit, on average over all;
    `by_kind`: over the questions of each kind; `by_class`: over those of each right answer, the
    columns being the same answers in every question. Scores may have any unit, higher = more
    credible; a set may be empty.

    A right answer that is no candidate (-1) cannot be held by any set but everything: where
    these are more than alpha, or the questions too few (below 1 / alpha - 1), or the kind is
    new, the set is everything.
    """

    def __init__(
        self, alpha: float = 0.1, *, by_kind: bool = False, by_class: bool = False
    ) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
        self.alpha = alpha
        self.by_kind = by_kind
        self.by_class = by_class

    def fit(self, scores: Scores, right: ArrayLike, kinds: Sequence[Any] | None = None) -> Self:
        """Learn `thresholds_` and `questions_`, how many each rests on, by kind and column.

        Scores [N, M] (NaN: no candidate) or N rows, the right candidates' columns [N], kinds
        [N]. Also `n_without_right_`: the questions whose right answer has no score.

        Raises:
            ValueError: shapes that do not fit; a right answer without a class.
        """
        given = table(scores)  # [N, M]
        column = columns_of(right, given.shape)
        if self.by_class and (column < 0).any():
            raise ValueError(
                f"{(column < 0).sum()} right answers are in no column; by_class needs the class "
                "of each: give its column, with the score NaN where it was no candidate"
            )
        reached = right_scores(given, column)
        kind = self.kinds_of(kinds, len(given))
        cells = [(k, int(c) if self.by_class else None) for k, c in zip(kind, column, strict=True)]
        members: dict[Cell, list[float]] = {}
        for cell, score in zip(cells, reached, strict=True):
            members.setdefault(cell, []).append(-score)
        self.thresholds_ = {
            cell: -float(conformal_quantile(low, self.alpha)) for cell, low in members.items()
        }
        self.questions_ = {cell: len(low) for cell, low in members.items()}
        self.n_without_right_ = int(np.isinf(reached).sum())
        self.n_columns_ = given.shape[1]
        return self

    def predict(self, scores: Scores, kinds: Sequence[Any] | None = None) -> AnswerSets:
        """The sets of N questions, of scores [N, M] or N rows and kinds [N]."""
        given = table(scores)
        least = self.least(self.kinds_of(kinds, len(given)), given.shape[1])
        everything = least.max(axis=1) == -np.inf
        # A class without a score is still an answer; a place without a candidate is none.
        known = ~np.isnan(given)
        reached = np.where(known, given, -np.inf) >= least
        return AnswerSets(reached & (known | self.by_class), everything)

    def least(self, kinds: list[Any], columns: int) -> Floats:
        """The least score that is in, [N, M]; -inf for a kind or a class without any label."""
        if self.by_class and columns != self.n_columns_:
            raise ValueError(f"{self.n_columns_} classes were fitted, got {columns} columns")
        names = range(columns) if self.by_class else [None] * columns
        rows = {
            kind: [self.thresholds_.get((kind, name), -np.inf) for name in names]
            for kind in set(kinds)
        }
        return np.array([rows[kind] for kind in kinds])

    def kinds_of(self, kinds: Sequence[Any] | None, n: int) -> list[Any]:
        """The kind of each of n questions; None for all where `by_kind` is off."""
        if (kinds is not None) != self.by_kind:
            raise ValueError(
                f"by_kind is {self.by_kind}, and kinds are {'' if self.by_kind else 'not '}"
                "needed; set by_kind, and give one kind for each question where it is True"
            )
        if kinds is None:
            return [None] * n
        if len(kinds) != n:
            raise ValueError(f"one kind for each of {n} questions needed, got {len(kinds)}")
        return np.asarray(kinds).tolist()

    def to_json(self) -> dict[str, Any]:
        """Options and thresholds as plain numbers; None for a threshold that all scores reach."""
        cells = [
            {
                "kind": kind,
                "column": column,
                "threshold": None if np.isinf(limit) else limit,
                "questions": self.questions_[kind, column],
            }
            for (kind, column), limit in self.thresholds_.items()
        ]
        return {
            "alpha": self.alpha,
            "by_kind": self.by_kind,
            "by_class": self.by_class,
            "columns": self.n_columns_,
            "cells": cells,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """The fitted sets that were saved.

        Raises:
            ValueError: something is missing.
        """
        try:
            options = {name: saved[name] for name in ("alpha", "by_kind", "by_class")}
            cells = [
                ((c["kind"], c["column"]), c["threshold"], c["questions"]) for c in saved["cells"]
            ]
            columns = int(saved["columns"])
        except KeyError as error:
            raise ValueError(f"saved sets have {error}, which is missing here") from error
        sets = cls(**options)
        sets.thresholds_ = {cell: -np.inf if t is None else float(t) for cell, t, _ in cells}
        sets.questions_ = {cell: n for cell, _, n in cells}
        sets.n_columns_ = columns
        return sets
