"""One OpenAI-compatible server: requests with retries, and errors that say what to do."""

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx

from dubito.models.base import ModelError
from dubito.models.dialect import Dialect
from dubito.models.responses import choices_of
from dubito.models.retry import BUSY, retry_after, waits

SHOWN = 200  # characters of a server's answer in an error
PATIENCE = 120.0  # seconds; a server that asks for a longer wait is not waited for


class Refused(ModelError):
    """The server is up but will not do this request."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that may pass."""

    what: str
    mend: str
    after: float = 0.0  # seconds that the server asks to wait


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """Where to ask and how patiently. Close its `client` after use."""

    url: str
    client: httpx.Client
    key_env: str
    retries: int
    first_wait: float
    dialect: Dialect = field(default_factory=Dialect)
    closing: Event = field(default_factory=Event)

    def ask(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The choices of a completion, at least one.

        What the server refuses is asked for in another way where there is one.

        Raises:
            ModelError: it cannot be reached, refuses, or answers something else.
        """
        while True:
            sent = self.dialect.translate(body)
            try:
                return self.post(sent)
            except Refused as refused:
                if not self.dialect.learn(sent, str(refused)):
                    raise

    def post(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The choices, after as many tries as allowed."""
        pauses = waits(self.retries, self.first_wait, seed=zlib.crc32(json.dumps(body).encode()))
        tries = 0
        while True:
            tries += 1
            outcome = self.once(body)
            if not isinstance(outcome, Trouble):
                return outcome
            pause = next(pauses, None)
            if pause is None or outcome.after > PATIENCE or self.left(pause, outcome):
                raise ModelError(f"{self.url}: {outcome.what} (tries: {tries}); {outcome.mend}")

    def left(self, pause: float, trouble: Trouble) -> bool:
        """Has the caller left, after waiting as long as both sides want?"""
        return self.closing.wait(max(pause, trouble.after))

    def once(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]] | Trouble:
        """One request."""
        try:
            response = self.client.post(self.url, json=body, headers=bearer(self.key_env))
        except httpx.TimeoutException as error:
            seconds = self.client.timeout.read
            return Trouble(
                f"no answer within {seconds:g} s ({type(error).__name__})",
                "raise `timeout`, or ask for fewer tokens or with less concurrency",
            )
        except httpx.RequestError as error:
            return Trouble(
                f"cannot be reached ({error or type(error).__name__})",
                "is the server running, and is this its address?",
            )
        return self.read(response)

    def read(self, response: httpx.Response) -> list[Mapping[str, Any]] | Trouble:
        """What the response holds, or means."""
        status, said = response.status_code, self.shown(response.text)
        if status in BUSY:
            after = retry_after(response.headers.get("retry-after"))
            asked = f" and asks to wait {after:g} s" if after else ""
            return Trouble(
                f"the server answers HTTP {status}{asked}: {said}",
                "try later, or with less concurrency",
                after,
            )
        if status in (401, 403):
            state = "refused" if os.environ.get(self.key_env) else "not set"
            raise ModelError(
                f"{self.url}: HTTP {status}: the key in the environment variable "
                f"{self.key_env} is {state}; set it to a key of this server"
            )
        if status in (400, 413, 422):
            raise Refused(f"{self.url}: the server refuses this request, HTTP {status}: {said}")
        if status != 200:
            raise ModelError(
                f"{self.url}: HTTP {status}: {said}; check the address and the model's name"
            )
        return self.choices(response, said)

    def choices(self, response: httpx.Response, said: str) -> list[Mapping[str, Any]]:
        """The choices in the body of a success."""
        try:
            return choices_of(response.json())
        except ValueError:
            raise ModelError(
                f"{self.url}: this is no chat completion: {said}; "
                "is this the address of an OpenAI-compatible API? It often ends in /v1"
            ) from None

    def shown(self, said: str) -> str:
        """The beginning of what the server said on one line, without the key."""
        key = os.environ.get(self.key_env, "").strip()
        secret = said.replace(key, "***") if key else said
        printable = "".join(c if c.isprintable() else " " for c in secret)
        return " ".join(printable.split())[:SHOWN] or "(an empty body)"


def bearer(key_env: str) -> dict[str, str]:
    """The header with the key; none where the environment holds none.

    Raises:
        ModelError: the key holds what a header cannot.
    """
    key = os.environ.get(key_env, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"the key in the environment variable {key_env} is not printable ASCII")
    return {"Authorization": f"Bearer {key}"} if key else {}


def completions_url(base_url: str) -> str:
    """Where chat completions are asked for.

    Raises:
        ValueError: not a plain http(s) address.
    """
    parts = urlsplit(base_url)
    _ = parts.port  # a ValueError where it is no port
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"base_url must look like http://localhost:8000/v1, got {base_url!r}")
    if parts.username or parts.password or parts.query:
        raise ValueError(
            f"base_url of {parts.hostname} must hold no user, password or query; "
            "the key comes from the environment"
        )
    return f"{base_url.rstrip('/')}/chat/completions"
