"""A look at the records of one that answers, or of texts that were scored."""

import asyncio
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_

from dubito.serve.desk import Desk
from dubito.serve.records import words
from dubito.serve.summary import summary
from dubito.serve.tables import REQUESTS, SCORES, answers_by

Kind = Literal["answer", "score"]


async def looked_back(desk: Desk, model: str | None, kind: Kind) -> dict[str, Any]:
    """What the records say; `model` None is the one that is served now, "" an unknown one.

    Scored texts are of all models where none is named: they came from elsewhere.
    """
    by = desk.answering if model is None and kind == "answer" else words(model or "") or None
    told = {"model": by, "kind": kind}
    drift = desk.drifts.of(by) if kind == "answer" else None
    if desk.records is None:
        return told | summary([], [], drift or desk.drifts.replayed(()))
    where = answers_by(by) if kind == "answer" else scores_of(model)
    rows = await asyncio.to_thread(desk.records.latest, where)
    judged = await asyncio.to_thread(desk.records.judged, where)
    drift = drift or await asyncio.to_thread(desk.drifts.replayed, rows)
    return told | await asyncio.to_thread(summary, rows, judged, drift)


def scores_of(model: str | None) -> ColumnElement[bool]:
    """Scored texts, of all models or of this one."""
    return SCORES if model is None else and_(SCORES, REQUESTS.c.answered_by == (model or None))
