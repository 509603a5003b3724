"""A guard whose confidence and promise are learned anew, from answers that people have judged."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dubito.guard.guard import Guard
from dubito.guard.policy import Abstain


def refit(guard: Guard, judged: Sequence[Mapping[str, Any]]) -> Guard:
    """The guard, fitted in place on rows with `doubts` by estimator and `right`.

    Nothing is asked. People judge answers that they were given, not those that were withheld: the
    new promise is about questions like those that were judged.

    Raises:
        ValueError: fewer than 4 rows, none with this guard's estimators, or a guard that retrieves
            or escalates, of which a row shows one way only: fit it anew on questions.
    """
    if any(not isinstance(step, Abstain) for step in guard.policy):
        raise ValueError(
            "a guard that retrieves or escalates has to be fitted on questions (guard fit): "
            "a judgement is of one way of answering, and says nothing of the others"
        )
    rows = [row for row in judged if set(guard.names) <= set(row["doubts"])]
    if len(rows) < len(judged):
        raise ValueError(
            f"{len(judged) - len(rows)} of {len(judged)} judged answers lack a doubt by one of "
            f"{', '.join(guard.names)}; refit on records of this guard alone"
        )
    table = [[known(row["doubts"].get(name)) for name in guard.names] for row in rows]
    right = np.array([[row["right"]] for row in rows], dtype=bool).reshape(-1, 1)
    doubts = np.array(table, dtype=float).reshape(-1, len(guard.names))
    guard.router_ = guard.new_router().fit([doubts], right)
    guard.fitted_on_ = tuple(row["id"] for row in rows)
    return guard


def known(doubt: float | None) -> float:
    """NaN for a doubt that was not measured."""
    return math.nan if doubt is None else doubt
