"""The steps of a chain of thought, and which of them only look back [qiao2025].

Differs: the words by which a step is told to look back are our completion.
"""

import re
from collections.abc import Sequence

TRIGGERS = (
    "wait",
    "hold on",
    "hmm",
    "alternatively",
    "let me double-check",
    "let me double check",
    "let me check",
    "let me verify",
    "let me make sure",
    "let me reconsider",
    "let me re-examine",
    "but wait",
    "but hold on",
    "actually, wait",
)


def split_steps(text: str) -> list[str]:
    """The steps of a text, each with the blank lines that end it; joined they are the text."""
    return re.findall(r"(?:(?!\n\s*\n).)+(?:\n\s*\n\s*)?|^\s+", text, flags=re.DOTALL)


def is_reflection(step: str, triggers: Sequence[str] = TRIGGERS) -> bool:
    """Whether a step begins with one of these words, whatever their case."""
    begun = step.lstrip(" \t\n\"'*#>-").casefold()
    return any(starts_with(begun, trigger.casefold()) for trigger in triggers)


def starts_with(text: str, words: str) -> bool:
    """Whether it does, and not with a longer word ("Waiting")."""
    following = text[len(words) : len(words) + 1]
    return text.startswith(words) and not (words[-1:].isalpha() and following.isalpha())
