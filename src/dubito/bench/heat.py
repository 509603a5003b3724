"""A text's tokens with their doubt on one fixed scale, for the terminal and the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dubito.evidence import Evidence
from dubito.evidence import Sequence as Answer


@dataclass(frozen=True, slots=True)
class Span:
    """What one token adds to the text, and how doubtful it is."""

    text: str  # empty for the end token and for parts of a character
    doubt: float  # in [0, 1]


def token_heat(evidence: Evidence, tokens: Sequence[float]) -> list[Span]:
    """One span for each of the greedy answer's T tokens; together they spell the answer.

    Doubts [T] >= 0 in nats become 1 - exp(-doubt), so the scale is the same in every answer: the
    surprise -log p of a token becomes 1 - p, one half stands for ln 2 nats, and what is infinite
    is 1. A doubt below 0 counts as 0. Where offsets are unknown, spans are the tokens as recorded.

    Raises:
        ValueError: not one doubt for each token, or one that is NaN.
    """
    answer = evidence.answer
    if len(tokens) != len(answer.tokens):
        raise ValueError(
            f"{len(tokens)} doubts for {len(answer.tokens)} tokens of {evidence.id or 'an answer'};"
            " give the `tokens` of a score of this very evidence"
        )
    unknown = [t for t, doubt in enumerate(tokens) if math.isnan(doubt)]
    if unknown:
        raise ValueError(f"the doubt of token {unknown[0]} is NaN; it cannot be shown as a colour")
    texts = spelled(answer)
    return [Span(text, heat(doubt)) for text, doubt in zip(texts, tokens, strict=True)]


def heat(doubt: float) -> float:
    """1 - exp(-doubt) in [0, 1] of a doubt in nats; rising, and 0 for a doubt below 0."""
    return -math.expm1(-max(doubt, 0.0))


def spelled(answer: Answer) -> list[str]:
    """The T pieces of the text: a token's own characters with what stands before them unclaimed."""
    if answer.offsets is None:
        return list(answer.tokens)
    pieces, done = [], 0
    for _, end in answer.offsets.tolist():
        pieces.append(answer.text[done:end])
        done = max(done, end)
    if pieces and done < len(answer.text):  # what no token claims, such as a server's white space
        pieces[-1] += answer.text[done:]
    return pieces
