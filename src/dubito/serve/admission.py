"""Back-pressure: so many at a time, so many more in line, and the others are sent away at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dubito.serve.problems import Problem


class Admission:
    """A semaphore with a line of bounded length, in which nobody stands longer than `patience`."""

    def __init__(self, in_flight: int, waiting: int, patience: float) -> None:
        self.free = asyncio.Semaphore(in_flight)
        self.most_waiting = waiting
        self.patience = patience
        self.waiting = 0
        self.in_flight = 0

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Within it a request is being answered.

        Raises:
            Problem: 429 where the line is full, 503 after standing in it for too long.
        """
        await self.enter()
        try:
            yield
        finally:
            self.leave()

    async def enter(self) -> None:
        """Wait for a turn."""
        if self.free.locked() and self.waiting >= self.most_waiting:
            raise Problem(
                429, f"{self.waiting} requests wait already; come back in a moment", after=1
            )
        self.waiting += 1
        try:
            await asyncio.wait_for(self.free.acquire(), self.patience)
        except TimeoutError:
            raise Problem(
                503, f"no turn within {self.patience:g} s; the server is overloaded", after=5
            ) from None
        finally:
            self.waiting -= 1
        self.in_flight += 1

    def leave(self) -> None:
        """Make room for the next."""
        self.in_flight -= 1
        self.free.release()
