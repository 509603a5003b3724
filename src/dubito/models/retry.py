"""How long to wait before a request is sent again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import numpy as np

LONGEST = 60.0  # seconds of our own choice; a server may ask for more
BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # statuses that may pass


def waits(retries: int, first: float, *, seed: int) -> Iterator[float]:
    """Seconds before each retry: doubling from `first`, each shortened by up to a half.

    The shortening is drawn, so that requests that failed together do not come back together.
    """
    draws = np.random.default_rng(seed).uniform(0.5, 1.0, size=retries)
    for attempt, share in enumerate(draws):
        yield float(min(first * 2**attempt, LONGEST) * share)


def retry_after(header: str | None, *, now: datetime | None = None) -> float:
    """Seconds >= 0 that a Retry-After header, a number or a date, asks for; 0 for neither."""
    if header is None:
        return 0.0
    if header.strip().replace(".", "", 1).isdecimal():
        return float(header)
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max((then - (now or datetime.now(UTC))).total_seconds(), 0.0)
