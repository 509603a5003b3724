"""A guard whose confidence and promise are learned anew, from answers that people have judged."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dubito.guard.fingerprint import asking
from dubito.guard.guard import Guard
from dubito.guard.policy import Abstain
from dubito.guard.saved import name_of

NOBODY = "unnamed"
SHOWN = 5  # of others, in an error


def refit(guard: Guard, judged: Sequence[Mapping[str, Any]], *, unnamed: bool = False) -> Guard:
    """The guard, fitted in place on rows with `doubts` by estimator and `right`.

    Only those count that name in `answered_by` this guard, or one that asked as it does and knew
    something else, such as this one before it was refitted; `unnamed` lets those in too that name
    nobody. Nothing is asked. People judge answers that they were given, not those that were
    withheld: the new promise is about questions like those that were judged.

    Raises:
        ValueError: no row of this guard, fewer than 4, one without a doubt by its estimators, or a
            guard that retrieves or escalates, of which a row shows one way only: fit it anew on
            questions.
    """
    if any(not isinstance(step, Abstain) for step in guard.policy):
        raise ValueError(
            "a guard that retrieves or escalates has to be fitted on questions (guard fit): "
            "a judgement is of one way of answering, and says nothing of the others"
        )
    mine = own(guard, judged, unnamed=unnamed)
    rows = [row for row in mine if set(guard.names) <= set(row["doubts"])]
    if len(rows) < len(mine):
        raise ValueError(
            f"{len(mine) - len(rows)} of {len(mine)} judged answers lack a doubt by one of "
            f"{', '.join(guard.names)}; refit on records of this guard alone"
        )
    table = [[known(row["doubts"].get(name)) for name in guard.names] for row in rows]
    right = np.array([[row["right"]] for row in rows], dtype=bool).reshape(-1, 1)
    doubts = np.array(table, dtype=float).reshape(-1, len(guard.names))
    guard.router_ = guard.new_router().fit([doubts], right)
    guard.fitted_on_ = tuple(row["id"] for row in rows)
    return guard


def own(
    guard: Guard, judged: Sequence[Mapping[str, Any]], *, unnamed: bool
) -> list[Mapping[str, Any]]:
    """The rows of this guard.

    Raises:
        ValueError: there are rows of others only; says whose.
    """
    this = asking(guard)
    who = [row.get("answered_by") for row in judged]
    mine = [
        row
        for row, by in zip(judged, who, strict=True)
        if (unnamed if by is None else by.startswith(this))
    ]
    if judged and not mine:
        counted = Counter(NOBODY if by is None else by for by in who).most_common()
        others = ", ".join(f"{by} ({count})" for by, count in counted[:SHOWN])
        more = f" and {len(counted) - SHOWN} more" if len(counted) > SHOWN else ""
        raise ValueError(
            f"none of the {len(judged)} judged answers is of this guard ({this}*, its model "
            f"{name_of(guard.model)!r}); they are of {others}{more}; those that name nobody are "
            "taken with `unnamed` (--unnamed)"
        )
    return mine


def known(doubt: float | None) -> float:
    """NaN for a doubt that was not measured."""
    return math.nan if doubt is None else doubt
