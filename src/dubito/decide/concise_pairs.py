"""Training data from chains in two lengths [qiao2025]."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConcisePair:
    """A question, the concise chain to learn, and the original one to prefer it to."""

    question: str
    concise: str
    original: str


def concise_pairs(
    questions: Sequence[str],
    concise: Sequence[str],
    original: Sequence[str],
    right: Callable[[str, str], bool],
) -> list[ConcisePair]:
    """Those pairs whose concise chain is right, by `right(question, text)`.

    Questions that it got wrong are left out with both chains; so what is left leans to easy ones.
    """
    together = zip(questions, concise, original, strict=True)
    return [ConcisePair(q, short, long) for q, short, long in together if right(q, short)]
