"""Applications on real sockets, and an upstream that can be told to misbehave."""

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Body = dict[str, Any]
FAULTS = {
    "busy": lambda: JSONResponse({"error": "busy"}, 429, {"Retry-After": "7"}),
    "broken": lambda: JSONResponse({"error": "oops"}, 500),
    "refuses": lambda: JSONResponse({"error": {"message": "no such model"}}, 404),
    "garbage": lambda: Response(b"<html>not what you think</html>"),
    "no key": lambda: JSONResponse({"error": "who are you?"}, 401),
    "names log-probs": lambda: JSONResponse({"error": "bad format 'logprobs'"}, 400),
    "no choices": lambda: JSONResponse({"object": "chat.completion"}),
}
LIMA = (("Li", 0.5), ("ma", 0.8), (".", 1.0))  # tokens of the answer and their probabilities


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of an application, which ends with the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the application did not start"
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Stub:
    """What the upstream was asked, and how it behaves next."""

    asked: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    fault: str = ""  # one of FAULTS, or of `pieces`
    turns: Iterator[str] | None = None  # of faults, one for each thing that it is asked
    delay: float = 0.0
    silence: float = 5.0  # of the fault "silent"
    held: threading.Event | None = None  # nothing is answered before it is set
    keep: bool = True  # what it was asked
    texts: tuple[str, ...] = ("Lima.", "Lima", "Cusco")  # of the drawn samples, in turns

    def app(self) -> Starlette:
        """The application."""
        post = {"methods": ["POST"]}
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.respond, **post),
                Route("/v1/completions", self.respond, **post),
                Route("/v1/models", self.models),
            ]
        )

    async def models(self, _: Request) -> Response:
        self.fault = next(self.turns) if self.turns else self.fault
        if self.fault in FAULTS:
            return FAULTS[self.fault]()
        return JSONResponse({"object": "list", "data": [{"id": "stub", "object": "model"}]})

    async def respond(self, request: Request) -> Response:
        body = await request.json()
        self.fault = next(self.turns) if self.turns else self.fault
        if self.keep:
            self.asked.append(body)
            self.headers.append(dict(request.headers))
        await asyncio.sleep(0.3 if self.fault == "slow" else self.delay)
        while self.held and not self.held.is_set():
            await asyncio.sleep(0.01)
        if self.fault in FAULTS:
            return FAULTS[self.fault]()
        if self.fault == "takes no log-probs" and "logprobs" in body:
            return JSONResponse({"error": "logprobs are not supported"}, 400)
        chat = request.url.path.endswith("chat/completions")
        if body.get("stream"):
            return StreamingResponse(self.pieces(body), media_type="text/event-stream")
        drawn = body.get("n") or 1
        texts = self.texts if body.get("temperature") == 1 else ("Lima.",)
        choices = [self.choice(texts[i % len(texts)], body, chat=chat) for i in range(drawn)]
        whole = {
            "id": "stub-1",
            "object": "chat.completion" if chat else "text_completion",
            "created": 1,
            "model": "stub",
            "choices": choices,
            "usage": {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6},
        }
        return Response(json.dumps(whole), media_type="application/json")

    def choice(self, text: str, body: Body, *, chat: bool) -> Body:
        told = body.get("logprobs") and self.fault != "no log-probs"
        if not chat:
            logprobs = {
                "tokens": [t for t, _ in LIMA],
                "token_logprobs": [math.log(p) for _, p in LIMA],
                "top_logprobs": [{t: math.log(p)} for t, p in LIMA],
            }
            end = {"finish_reason": "stop", "logprobs": logprobs if told else None}
            return {"index": 0, "text": text} | end
        entries = {"content": [entry(*spot) for spot in LIMA]} if told else None
        message = {"role": "assistant", "content": text}
        return {"index": 0, "message": message, "finish_reason": "stop", "logprobs": entries}

    async def pieces(self, body: Body) -> AsyncIterator[bytes]:
        frame = {"id": "stub-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
        for i, spot in enumerate(LIMA):
            if self.fault == "breaks" and i == 2:
                raise ConnectionResetError("gone")
            if self.fault == "silent" and i == 2:
                await asyncio.sleep(self.silence)
            if self.fault == "error in the stream" and i == 2:
                yield b'data: {"error": {"message": "out of memory"}}\n\n'
                return
            told = body.get("logprobs") and self.fault != "no log-probs"
            text = f"{spot[0]}\u2028" if self.fault == "separators" else spot[0]
            choice = {
                "index": 0,
                "delta": {"content": text},
                "finish_reason": None,
                "logprobs": {"content": [entry(*spot)]} if told else None,
            }
            piece = json.dumps(frame | {"choices": [choice]}, ensure_ascii=False)
            yield f"data: {piece}\n\n".encode()
            await asyncio.sleep(self.delay)
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        yield b"data: " + json.dumps(frame | {"choices": [end]}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


def entry(token: str, p: float) -> Body:
    """One token as chat completions tell it, with one alternative that has the rest."""
    rest = math.log(1 - p) if p < 1 else -9999.0
    top = [{"token": token, "logprob": math.log(p)}, {"token": "?", "logprob": rest}]
    return {"token": token, "logprob": math.log(p), "top_logprobs": top}
