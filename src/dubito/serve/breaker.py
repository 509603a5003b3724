"""A circuit breaker: after failures in a row nothing is asked for a while."""

from collections.abc import Callable
from time import monotonic


class Breaker:
    """Closed: all may ask. Open: nobody, for `rest` seconds. Then one may try for all."""

    def __init__(
        self, *, failures: int = 5, rest: float = 5.0, clock: Callable[[], float] = monotonic
    ) -> None:
        if failures < 1 or not rest > 0:
            raise ValueError(
                f"failures must be at least 1 and rest above 0, got {failures} and {rest}"
            )
        self.failures = failures
        self.rest = rest
        self.clock = clock
        self.in_a_row = 0
        self.opened: float | None = None
        self.trying = False

    @property
    def is_open(self) -> bool:
        """Is the upstream left alone?"""
        return self.opened is not None and self.clock() < self.opened + self.rest

    def wait(self) -> float:
        """Seconds until it may be asked, 0 for now; whoever gets 0 has to say how it went."""
        if self.opened is None:
            return 0.0
        left = self.opened + self.rest - self.clock()
        if left > 0 or self.trying:
            return max(left, 0.1)
        self.trying = True
        return 0.0

    def went_well(self) -> None:
        """It answered."""
        self.in_a_row, self.opened, self.trying = 0, None, False

    def failed(self) -> None:
        """It did not."""
        self.in_a_row += 1
        if self.trying or self.in_a_row >= self.failures:
            self.opened = self.clock()
        self.trying = False

    def gave_up(self) -> None:
        """Whoever asked left before it was known."""
        self.trying = False
