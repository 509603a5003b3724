"""A chat-completions server in a thread, which can be told to misbehave."""

import json
import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from dubito.models.asking import P_TRUE_TURN, STATED_TURN

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the server sends: an object as JSON, or raw bytes, after a delay in seconds."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


Script = Callable[[Body, int], Answer]  # the request and how many came before it


@dataclass
class Stub:
    """The running server: where it is and what it has been asked."""

    url: str
    asked: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_once: int = 0  # most requests in flight together
    flying: int = 0
    lock: Lock = field(default_factory=Lock)


@contextmanager
def serving(script: Script) -> Iterator[Stub]:
    """A server that answers by this script."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                before = len(stub.asked)
                stub.asked.append(body)
                stub.headers.append(dict(self.headers))
                stub.flying += 1
                stub.at_once = max(stub.at_once, stub.flying)
            if self.path == "/v1/chat/completions":
                answer = script(body, before)
            else:
                answer = Answer(f"no such path {self.path}", status=404)
            time.sleep(answer.delay)
            data = (
                answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            )
            with stub.lock:
                stub.flying -= 1
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client had enough

        def log_message(self, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_port}/v1")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_url() -> str:
    """An address where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def entry(token: str, logprob: float | None, *top: tuple[str, float | None]) -> Body:
    """One token's log-probs as OpenAI sends them."""
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": [{"token": t, "logprob": p, "bytes": list(t.encode())} for t, p in top],
    }


def choice(text: str | None, entries: list[Body] | None = None, finish: str = "stop") -> Body:
    """One choice; without entries, one without log-probs."""
    return {
        "message": {"role": "assistant", "content": text},
        "finish_reason": finish,
        "logprobs": None if entries is None else {"content": entries},
    }


def completion(*choices: Body) -> Body:
    """A chat completion."""
    return {"object": "chat.completion", "choices": list(choices)}


HALF, QUARTER = math.log(0.5), math.log(0.25)
LIMA = [
    entry("Li", HALF, ("Li", HALF), ("Cus", QUARTER)),
    entry("ma", 0.0, ("ma", 0.0), ("mon", -9999.0)),
]
LIMA_CHOICE = choice("Lima", LIMA)


def well(body: Body, _: int) -> Answer:
    """A server that does all it is asked: "Lima", P(True) = 0.75, 80 %."""
    turn = body["messages"][-1]["content"]
    if turn == P_TRUE_TURN:
        top = (("True", math.log(0.6)), (" False", math.log(0.2)))
        spot = entry("True", math.log(0.6), *top)
        return Answer(completion(choice("True", [spot] if body.get("logprobs") else None)))
    if turn == STATED_TURN:
        return Answer(completion(choice("80%")))
    one = LIMA_CHOICE if body.get("logprobs") else choice("Lima")
    return Answer(completion(*[one] * body.get("n", 1)))
