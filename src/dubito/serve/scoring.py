"""The doubt of text that a client already has."""

import asyncio
from typing import Any

from dubito.answer import Answer, Spent, doubted
from dubito.evidence import Evidence
from dubito.models.stored import evidence_from_response
from dubito.serve.completions import fresh_id, named_in
from dubito.serve.desk import Desk
from dubito.serve.doubting import block, chosen
from dubito.serve.problems import Problem
from dubito.serve.tables import SCORE
from dubito.serve.wire import ScoreRequest

OF_TEXTS = ("lexical-similarity", "degree-matrix")
OF_LOGPROBS = ("perplexity", "g-nll", "max-token-entropy")


async def scored(desk: Desk, asked: ScoreRequest) -> dict[str, Any]:
    """The object `dubito` of this text, and its record.

    Raises:
        Problem: 400 for an unknown estimator, or a response that is none.
    """
    evidence, by = await evidence_of(desk, asked)
    usual = OF_LOGPROBS if evidence.answer.logprobs is not None else ()
    texts = OF_TEXTS if len(evidence.samples) > 1 else ()
    names = tuple(asked.estimators or (*usual, *texts) or OF_LOGPROBS)
    try:
        using = chosen(names, len(evidence.samples))
    except ValueError as error:
        raise Problem(400, str(error)) from error

    def work() -> tuple[Answer, dict[str, Any]]:
        full = desk.meaning.enrich([evidence], using.plan)[0]
        answer = doubted(full, using.ready, None, Spent(), errors=False)
        return answer, block(answer, tokens=True)

    answer, told = await asyncio.to_thread(work)
    return told | await desk.keep(fresh_id(), answer, by=by, kind=SCORE)


async def evidence_of(desk: Desk, asked: ScoreRequest) -> tuple[Evidence, str | None]:
    """From the response where one is given, else from the texts; and whose it is, or its reader."""
    if asked.response is None:
        return await desk.backend.score(asked.question, [asked.answer, *asked.samples])
    try:
        evidence = evidence_from_response(asked.question, asked.response)
    except ValueError as error:
        raise Problem(400, str(error)) from error
    return evidence, named_in(asked.response)
