"""What happens, told to those who look on; who is too slow misses some of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

from dubito.serve.events import event

BEHIND = 100  # events that one onlooker may be behind
BEAT = 1.0  # seconds between looks whether the server is to stop


class Live:
    """Events to any number of onlookers."""

    def __init__(self) -> None:
        self.onlookers: set[asyncio.Queue[Mapping[str, Any]]] = set()

    def tell(self, what: Mapping[str, Any]) -> None:
        """One event, to all."""
        for queue in self.onlookers:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(what)

    async def watch(self, stopping: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Events as they come, until the onlooker leaves or the server stops."""
        queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(BEHIND)
        self.onlookers.add(queue)
        try:
            yield b": welcome\n\n"
            while not stopping():
                try:
                    yield event(await asyncio.wait_for(queue.get(), BEAT))
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self.onlookers.discard(queue)
