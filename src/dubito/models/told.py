"""A prompt with its answers, and how its cache is read on from there."""

from dataclasses import dataclass

from dubito.models.jobs import Trace
from dubito.models.rows import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One prompt with its answers, before anything more is measured."""

    question: str
    ids: list[int]  # [P] of the prompt
    answer: Trace
    samples: list[Trace]
    reply: Trace | None = None  # to the line that asks how sure it is

    @property
    def past(self) -> Rows:
        """The cache of the prompt and of the answer but its last token, which is not read yet."""
        assert self.answer.past is not None
        return self.answer.past


def read_on(answer: Trace, line: list[int], stop: frozenset[int]) -> list[int]:
    """Tokens to read after an answer's past so that it goes on with a line.

    An end token is not read: the line takes its place.
    """
    last = answer.ids[-1:].tolist()
    return line if last[0] in stop else last + line
