"""Server-sent events, read and written."""

import json
from collections.abc import AsyncIterator
from typing import Any

DONE = "[DONE]"


def event(data: Any) -> bytes:
    """One event; a string as it is, all else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    return f"data: {text}\n\n".encode()


async def events(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The data of each event; other fields and comments are passed over."""
    async for line in lines:
        if line.startswith("data:"):
            yield line[5:].strip()
