"""What was tried for one question, and what came of it."""

from collections.abc import Sequence

import numpy as np

from dubito.answer import Spent
from dubito.guard.ways import Asked


class Trail:
    """What was tried for one question, and what came of it."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, Asked, float]] = []
        self.reasons: list[str] = []

    def add(self, action: str, asked: Asked, confidence: float) -> None:
        """One more way."""
        self.tried.append((action, asked, confidence))

    def compare(self, limit: float, *, goes: bool, then: str) -> None:
        """Why the next way was tried, or not."""
        sign, verb = ("is not above", "went on to") if goes else ("is above", "no need to")
        self.reasons.append(
            f"confidence {self.confidence:.2f} {sign} {np.clip(limit, 0, 1):.2f}: {verb} {then}"
        )

    @property
    def first(self) -> Asked:
        """What the first model said without help."""
        return self.tried[0][1]

    @property
    def surest(self) -> tuple[str, Asked, float]:
        """The way with the highest confidence; the first of equals."""
        return max(self.tried, key=lambda t: t[2])

    @property
    def action(self) -> str:
        """What led to the surest answer."""
        return self.surest[0]

    @property
    def best(self) -> Asked:
        """The surest answer."""
        return self.surest[1]

    @property
    def confidence(self) -> float:
        """Of the surest answer."""
        return self.surest[2]

    @property
    def passages(self) -> Sequence[str]:
        """Found for the last way."""
        return self.tried[-1][1].passages if self.tried else ()

    @property
    def spent(self) -> Spent:
        """All ways together."""
        return sum((asked.spent for _, asked, _ in self.tried), Spent())
