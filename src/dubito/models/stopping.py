"""Answers that end before a string: where it begins, which tokens are left, what may be shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from dubito.evidence import Evidence, TopK
from dubito.evidence import Sequence as Answer
from dubito.models.jobs import Trace

T = TypeVar("T")
BYTES = 4  # tokens that one character takes at most


def stop_at(text: str, stops: Sequence[str]) -> int | None:
    """Where the stop begins that is the first to be complete, the longest of several; or None."""
    found = [(at + len(s), at) for s in stops if (at := text.find(s)) >= 0]
    return min(found)[1] if found else None


def showable(text: str, stops: Sequence[str]) -> str:
    """The text without a stop, and without an end that could still become one."""
    at = stop_at(text, stops)
    if at is not None:
        return text[:at]
    longest = max((len(s) for s in stops), default=1) - 1
    for size in range(min(longest, len(text)), 0, -1):
        if any(s.startswith(text[-size:]) for s in stops):
            return text[:-size]
    return text


def near_end(ids: Sequence[T], stops: Sequence[str]) -> Sequence[T]:
    """The last tokens, enough to hold any stop that the very last one completes."""
    return ids[-(BYTES * max(map(len, stops)) + 2 * BYTES) :]


def tokens_before(answer: Answer, at: int) -> int:
    """Tokens of an answer that begin before character `at`; the first one in any case.

    An answer that begins with a stop keeps what it began with, as others keep their end token.
    """
    assert answer.offsets is not None
    return max(1, int((answer.offsets[:, 0] < at).sum()))


def shortened(trace: Trace, count: int) -> Trace:
    """The first tokens of a row, with the cache as it was before the last of these was read."""

    def first(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[:count]

    past, top = trace.past, trace.top
    if past is not None:
        past = past.first(past.seen.shape[1] - (len(trace.ids) - count))
    return Trace(
        trace.ids[:count],
        trace.logprobs[:count],
        first(trace.entropies),
        first(trace.uniform_kl),
        first(trace.uniform_renyi),
        None if top is None else TopK(top.ids[:count], top.logprobs[:count]),
        past,
    )


def clipped(answer: Answer, at: int | None) -> Answer:
    """A finished answer of the same tokens, its text cut at a character; None: as it is."""
    if at is None:
        return answer
    assert answer.offsets is not None
    text = answer.text[:at]
    last = text[int(answer.offsets[-1, 0]) :] or answer.tokens[-1]
    return replace(
        answer,
        text=text,
        tokens=(*answer.tokens[:-1], last),
        offsets=answer.offsets.clip(max=len(text)),
        finished=True,
    )


def all_clipped(evidence: Evidence, ends: Sequence[int | None]) -> Evidence:
    """The same of an answer and its samples, whose ends are given in this order."""
    told = (evidence.answer, *evidence.samples)
    answer, *samples = (clipped(one, at) for one, at in zip(told, ends, strict=True))
    return replace(evidence, answer=answer, samples=tuple(samples))
