"""A completion from request to response, whole or in pieces."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from starlette.responses import Response, StreamingResponse

from dubito.serve.backend import Reply, Request
from dubito.serve.completions import fresh_id
from dubito.serve.desk import Desk
from dubito.serve.doubting import headers
from dubito.serve.events import DONE, event
from dubito.serve.problems import Problem

STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def answer_request(desk: Desk, request: Request, route: str) -> Response:
    """The answer with our object in it; in pieces where the client wants it so.

    Raises:
        Problem: what the client is told instead.
    """
    record = fresh_id()
    if request.stream:
        return await streamed(desk, request, route, record)
    async with desk.counted(route), desk.admission():
        reply = await desk.backend.reply(request)
        told = await desk.answered(request, reply, record)
    body = {**reply.body, "dubito": told}
    return Response(json.dumps(body), headers=headers(told), media_type="application/json")


async def streamed(desk: Desk, request: Request, route: str, record: str) -> Response:
    """Begun once the first piece is there, so that a refusal still has its status."""
    pieces = told_in_pieces(desk, request, route, record)
    first = await anext(pieces)

    async def whole() -> AsyncIterator[bytes]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    return StreamingResponse(
        whole(),
        media_type="text/event-stream",
        headers=STREAMED,
    )


async def told_in_pieces(
    desk: Desk, request: Request, route: str, record: str
) -> AsyncGenerator[bytes]:
    """Events: the answer's pieces, then one with our object and no choice, then the end.

    What goes wrong after the first piece is told in an event of its own.
    """
    begun = False
    try:
        async with (
            desk.counted(route),
            desk.admission(),
            aclosing(desk.backend.stream(request)) as pieces,
        ):
            last: Mapping[str, Any] = {}
            async for piece in pieces:
                if isinstance(piece, Reply):
                    told = await desk.answered(request, piece, record)
                    yield event({**closing(last, record), **piece.body, "dubito": told})
                else:
                    last, begun = piece, True
                    yield event(piece)
            yield event(DONE)
    except Problem as problem:
        if not begun:
            raise
        yield event(problem.body)


def closing(last: Mapping[str, Any], record: str) -> dict[str, Any]:
    """A piece without a choice, in the frame of those before it."""
    kept = {k: last[k] for k in ("id", "object", "created", "model") if k in last}
    return (
        {"id": f"dubito-{record}", "object": "chat.completion.chunk", "created": 0}
        | kept
        | {"choices": []}
    )
