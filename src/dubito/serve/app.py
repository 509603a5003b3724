"""The server: routes over a desk."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import time
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response, StreamingResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

import dubito
from dubito.serve.answering import answer_request
from dubito.serve.backend import Backend
from dubito.serve.described import describe_key
from dubito.serve.desk import Desk
from dubito.serve.doors import Doors
from dubito.serve.looking import Kind, looked_back
from dubito.serve.problems import Problem
from dubito.serve.records import LOG, RecordsDown, first_line
from dubito.serve.scoring import scored
from dubito.serve.settings import Settings, page_folder
from dubito.serve.tables import FEEDBACK
from dubito.serve.wire import (
    ChatRequest,
    CompletionRequest,
    Failure,
    FeedbackRequest,
    ScoreRequest,
)

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure} for status in (400, 401, 404, 413, 422, 429, 502, 503, 504)
}

WHOSE = "who answered: a model, or a guard's fingerprint; default: who is served now"

# Nothing from elsewhere, framed by nobody.
CLOSED = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


def make_app(
    backend: Callable[[], Backend],
    settings: Settings | None = None,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """The ASGI application; `backend` is called when it starts, in its event loop.

    `stopping` tells live views that the server is about to end.
    """
    told = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.desk = Desk(backend(), told, stopping=stopping)
        yield
        await app.state.desk.close()

    app = FastAPI(
        title="dubito",
        version=dubito.__version__,
        description="An OpenAI-compatible server that tells how far to trust its answers.",
        lifespan=lifespan,
    )
    app.add_middleware(Doors, settings=told)
    handle_problems(app)
    add_completions(app)
    add_records(app)
    add_state(app)
    app.mount("/page", StaticFiles(directory=page_folder()), name="page")
    describe_key(app, told.api_key_env)
    return app


def desk_of(request: Request) -> Desk:
    """Of the running server."""
    return request.app.state.desk


def handle_problems(app: FastAPI) -> None:
    """Every refusal in the shape that OpenAI's clients read."""

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return Problem(422, f"{where or 'the body'}: {first['msg']}").response()

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        response = Problem(error.status_code, str(error.detail)).response()
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(SQLAlchemyError)
    async def unread(_: Request, error: SQLAlchemyError) -> Response:
        LOG.warning("the records cannot be read: %s", first_line(error))
        return Problem(503, "the records cannot be read", after=5).response()

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> Response:
        return Problem(500, "an error of this server; see its log").response()

    @app.exception_handler(RecordsDown)
    async def down(_: Request, error: RecordsDown) -> Response:
        return Problem(503, f"the records cannot be reached: {error}", after=5).response()


def add_completions(app: FastAPI) -> None:
    """What OpenAI's clients ask."""

    @app.post("/v1/chat/completions", responses=REFUSALS)
    async def chat(request: Request, asked: ChatRequest) -> Response:
        """Answer a conversation; the object `dubito` says how far to trust the answer."""
        return await answer_request(desk_of(request), asked, "chat")

    @app.post("/v1/completions", responses=REFUSALS)
    async def completions(request: Request, asked: CompletionRequest) -> Response:
        """Go on with a text."""
        return await answer_request(desk_of(request), asked, "completions")

    @app.get("/v1/models", responses=REFUSALS)
    async def models(request: Request) -> Response:
        """What can be asked."""
        desk = desk_of(request)
        async with desk.counted("models"):
            return plain({"object": "list", "data": await desk.backend.models()})

    @app.post("/score", responses=REFUSALS)
    async def score(request: Request, asked: ScoreRequest) -> Response:
        """The doubt of text that is there already."""
        desk = desk_of(request)
        async with desk.counted("score"), desk.admission():
            return plain(await scored(desk, asked))


def add_records(app: FastAPI) -> None:
    """What was asked before."""

    @app.post("/feedback", responses=REFUSALS)
    async def feedback(request: Request, said: FeedbackRequest) -> Response:
        """Was the answer of this record right? The last word counts."""
        desk = desk_of(request)
        async with desk.counted("feedback"):
            records = desk.records
            if records is None:
                raise Problem(404, "this server keeps no records")
            if not await asyncio.to_thread(records.known, said.record):
                raise Problem(404, f"there is no record {said.record}")
            row = {"record": said.record, "at": time(), "right": said.right}
            await asyncio.wrap_future(records.write(FEEDBACK, row))
            desk.meters.feedback.labels(str(said.right).lower()).inc()
            desk.live.tell({"feedback": said.record, "right": said.right})
            return plain({"record": said.record, "right": said.right})

    @app.get("/summary", responses=REFUSALS)
    async def summed(
        request: Request,
        model: Annotated[str | None, Query(description=WHOSE)] = None,
        kind: Annotated[Kind, Query(description="answers given, or texts scored")] = "answer",
    ) -> Response:
        """Calibration, risk and coverage, and drift over what is recorded of one model."""
        return plain(await looked_back(desk_of(request), model, kind))


def add_state(app: FastAPI) -> None:
    """The page, and how the server is."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(page_folder() / "index.html", headers=CLOSED)

    @app.get("/healthz", responses={503: {"model": Failure}})
    async def healthz(request: Request) -> Response:
        """200 where answers can be expected, else 503 with what is wrong."""
        if wrong := desk_of(request).wrong():
            raise Problem(503, wrong, after=5)
        return plain({"status": "ok", "version": dubito.__version__})

    @app.get("/metrics", responses={401: {"model": Failure}})
    async def metrics(request: Request) -> Response:
        """For Prometheus."""
        desk = desk_of(request)
        desk.observe()
        return Response(desk.meters.text(), media_type="text/plain; version=0.0.4")

    @app.get("/live", include_in_schema=False)
    async def live(request: Request) -> Response:
        desk = desk_of(request)
        return StreamingResponse(
            desk.live.watch(desk.stopping),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )


def plain(body: Any) -> Response:
    """JSON, once."""
    return Response(json.dumps(body), media_type="application/json")
