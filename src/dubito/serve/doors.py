"""Before a request is read: is its key right, and is its body small enough?"""

import os
import secrets

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dubito.serve.problems import Problem
from dubito.serve.settings import Settings

OPEN = ("/healthz", "/", "/page/")  # nothing secret: alive or not, and the page's own files


def key_of(env: str) -> str:
    """The key in this environment variable, as it stands now; "" where none is set."""
    return os.environ.get(env, "").strip()


class Doors:
    """ASGI middleware: 401 without the right key, 413 for a body that is too large."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.largest = settings.largest_body
        self.key_env = settings.api_key_env

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer at once."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.lower(): v for k, v in scope["headers"]}
        try:
            self.check_key(scope["path"], headers.get(b"authorization", b""))
            self.check_length(headers.get(b"content-length", b""))
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        await self.app(scope, self.counting(receive), send)

    def check_key(self, path: str, given: bytes) -> None:
        """The key of the environment, compared in constant time."""
        key = key_of(self.key_env)
        if not key or path in OPEN or path.startswith("/page/"):
            return
        if not secrets.compare_digest(given, f"Bearer {key}".encode()):
            raise Problem(401, "a key is needed: Authorization: Bearer ...")

    def check_length(self, told: bytes) -> None:
        """What the client says of its body's length."""
        if told.isdigit() and int(told) > self.largest:
            raise Problem(413, f"a body of {int(told)} bytes; {self.largest} are allowed")

    def counting(self, receive: Receive) -> Receive:
        """The same body, as long as it is not too large."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.largest:
                # What FastAPI lets pass while it reads a body.
                raise HTTPException(413, f"a body above {self.largest} bytes")
            return message

        return counted
