"""An OpenAI-compatible server asked without blocking: retries, a breaker, errors to pass on."""

import asyncio
import json
import os
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import httpx

from dubito.models.base import ModelError
from dubito.models.dialect import Dialect
from dubito.models.retry import BUSY, retry_after, waits
from dubito.models.server import bearer
from dubito.serve.breaker import Breaker
from dubito.serve.problems import Problem
from dubito.serve.settings import Upstream

SHOWN = 300  # characters of its words in an error
MOST_DIALECTS = 64  # models whose ways are remembered
LONGEST_WAIT = 3600.0  # seconds that a Retry-After may ask for, and be passed on


class Passing(Problem):
    """Something that may have passed at the next try."""


class Asking:
    """One client for one upstream; close it after use."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.client = httpx.AsyncClient(
            timeout=httpx.Timeout(upstream.timeout, connect=min(5.0, upstream.timeout)),
            # Idle connections are given up before most servers close them, after 5 s or later.
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=128, keepalive_expiry=3.0
            ),
        )
        self.breaker = Breaker(failures=upstream.failures, rest=upstream.rest)
        self.dialects: dict[str, Dialect] = {}  # by the name of the model

    async def close(self) -> None:
        """Let its connections go."""
        await self.client.aclose()

    async def get(self, path: str) -> Any:
        """The JSON of a page."""
        async with self.answer("GET", path, None) as response:
            return decoded(await response.aread())

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that it answers with; asked in another way where it refuses one.

        Raises:
            Problem: what the client is told.
        """
        dialect = deepcopy(self.dialect_for(body))
        while True:
            sent = dialect.translate(body)
            try:
                async with self.answer("POST", path, sent) as response:
                    told = decoded(await response.aread())
                    if not isinstance(told, dict):
                        shown = str(told)[:SHOWN]
                        raise Problem(502, f"the upstream answers no JSON object: {shown!r}")
            except Problem as refused:
                if refused.status not in (400, 422) or not dialect.learn(sent, str(refused)):
                    raise
            else:
                self.keep(body, dialect)
                return told

    @asynccontextmanager
    async def stream(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[str]]:
        """Its lines, as they come."""
        dialect = deepcopy(self.dialect_for(body))
        while True:
            sent = dialect.translate(body)
            try:
                async with self.answer("POST", path, sent) as response:
                    self.keep(body, dialect)
                    yield self.lines(response)
                    return
            except Problem as refused:
                if refused.status not in (400, 422) or not dialect.learn(sent, str(refused)):
                    raise

    def dialect_for(self, body: Mapping[str, Any]) -> Dialect:
        """What is known of how this model wants to be asked."""
        return self.dialects.get(str(body.get("model")), Dialect())

    def keep(self, body: Mapping[str, Any], dialect: Dialect) -> None:
        """Remember a way of asking that was answered; what was merely refused teaches nothing."""
        if len(self.dialects) < MOST_DIALECTS:
            self.dialects[str(body.get("model"))] = dialect

    async def lines(self, response: httpx.Response) -> AsyncIterator[str]:
        """Lines of an answer, which end at a line feed and nowhere else."""
        rest = b""
        async for data in response.aiter_bytes():
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace").rstrip("\r")
        if rest:
            yield rest.decode("utf-8", "replace")

    @asynccontextmanager
    async def answer(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> AsyncIterator[httpx.Response]:
        """Its response of status 200, not read yet, after as many tries as allowed.

        How the reading of it went is told to the breaker too.
        """
        response = await self.tried(method, path, body)
        try:
            yield response
        except httpx.TimeoutException:
            self.breaker.failed()
            seconds = self.upstream.timeout
            raise Problem(504, f"the upstream fell silent for {seconds:g} s") from None
        except httpx.HTTPError as error:
            self.breaker.failed()
            raise Problem(502, f"the upstream broke off: {type(error).__name__}") from None
        except Problem:
            self.breaker.failed()
            raise
        except (asyncio.CancelledError, GeneratorExit):
            self.breaker.gave_up()
            raise
        else:
            self.breaker.went_well()
        finally:
            await response.aclose()

    async def tried(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """One request after the other, until one is answered or none is left."""
        data = None if body is None else json.dumps(body).encode()
        seed = zlib.crc32(data or b"")
        pauses = waits(self.upstream.retries, self.upstream.first_wait, seed=seed)
        while True:
            try:
                return await self.once(method, path, data)
            except Passing as problem:
                pause = next(pauses, None)
                too_long = (problem.after or 0) > self.upstream.timeout
                if pause is None or too_long or self.breaker.is_open:
                    raise
                await asyncio.sleep(max(pause, problem.after or 0))

    async def once(self, method: str, path: str, data: bytes | None) -> httpx.Response:
        """One request; if it is not answered, the breaker is told how it went."""
        if wait := self.breaker.wait():
            raise Problem(503, "the upstream failed repeatedly and is left alone", after=wait)
        try:
            response = await self.sent(method, path, data)
        except Problem:
            self.breaker.failed()
            raise
        except asyncio.CancelledError:
            self.breaker.gave_up()
            raise
        if response.status_code == 200:
            return response
        if response.status_code in BUSY and response.status_code != 429:
            self.breaker.failed()
        else:
            self.breaker.went_well()
        return await self.refused(response)

    async def sent(self, method: str, path: str, data: bytes | None) -> httpx.Response:
        """The head of its response."""
        headers = {"Content-Type": "application/json", **self.key()}
        url = f"{self.upstream.url.rstrip('/')}{path}"
        request = self.client.build_request(method, url, content=data, headers=headers)
        try:
            return await self.client.send(request, stream=True)
        except httpx.TimeoutException:
            raise Passing(504, f"no answer within {self.upstream.timeout:g} s") from None
        except httpx.HTTPError as error:
            raise Passing(
                502, f"the upstream cannot be reached ({type(error).__name__})", after=1
            ) from None

    def key(self) -> dict[str, str]:
        """The header with its key."""
        try:
            return bearer(self.upstream.key_env)
        except ModelError as error:
            raise Problem(500, str(error)) from error

    async def refused(self, response: httpx.Response) -> httpx.Response:
        """Raise what a response means that is none."""
        try:
            text = (await response.aread()).decode("utf-8", "replace")
        except httpx.HTTPError:
            text = ""
        finally:
            await response.aclose()
        said, status = self.shown(text), response.status_code
        asked = retry_after(response.headers.get("retry-after"))
        after = min(asked, LONGEST_WAIT) or None
        if status in (401, 403):
            raise Problem(502, f"the upstream refuses our key in {self.upstream.key_env}")
        if status in (400, 404, 413, 422):
            raise Problem(status, f"the upstream refuses this: {said}")
        if status in (429, 503):
            raise Passing(status, f"the upstream is busy: {said}", after=after or 1)
        kind = Passing if status in BUSY else Problem
        raise kind(502, f"the upstream answers HTTP {status}: {said}", after=after)

    def shown(self, said: str) -> str:
        """The beginning of its words on one line, without the key."""
        key = os.environ.get(self.upstream.key_env, "").strip()
        secret = said.replace(key, "***") if key else said
        return " ".join(secret.split())[:SHOWN] or "(an empty body)"


def decoded(data: bytes) -> Any:
    """JSON.

    Raises:
        Problem: 502 where it is none.
    """
    try:
        return json.loads(data)
    except ValueError:
        shown = data[:SHOWN].decode("utf-8", "replace")
        raise Problem(502, f"the upstream answers no JSON: {shown!r}") from None
