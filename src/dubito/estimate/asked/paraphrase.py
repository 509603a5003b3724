"""Other ways of asking one question: by rule, without a model, or as a request to the model."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice, product

from dubito.data.synonyms import SYNONYMS

FRAMES = (
    "Please tell me: {}",
    "I would like to know the following. {}",
    "{} Do you know?",
    "Here is a question for you. {}",
    "Can you help me with this? {}",
    "{} Please reply.",
    "My question is this: {}",
    "Somebody asked me: {}",
    "{} That is what I want to find out.",
    "Let me ask you something. {}",
    "Think about this: {}",
    "One more question. {}",
)


def reworded(
    question: str, count: int = 9, *, synonyms: Mapping[str, Sequence[str]] = SYNONYMS
) -> tuple[str, ...]:
    """`count` different wordings with the question's meaning, none of them the question itself.

    First the question with one word replaced by a synonym, then it and those variants in frames
    that suit any question. The same question gives the same wordings.

    Raises:
        ValueError: more wordings than there are.
    """
    variants = one_word_changed(question, synonyms)
    framed = (frame.format(text) for text, frame in product((question, *variants), FRAMES))
    every = dict.fromkeys(variants) | dict.fromkeys(framed)
    if not 0 < count <= len(every):
        raise ValueError(f"count must be from 1 to {len(every)} for this question, got {count}")
    return tuple(islice(every, count))


def one_word_changed(question: str, synonyms: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The question with each of its known words replaced by each of its synonyms, one at a time."""
    return tuple(
        question[: word.start()] + like(word[0], other) + question[word.end() :]
        for word in re.finditer(r"\w+", question)
        for other in synonyms.get(word[0].lower(), ())
    )


def like(word: str, other: str) -> str:
    """The other word, with a capital where the word has one."""
    return other[:1].upper() + other[1:] if word[:1].isupper() else other


def rephrase_request(question: str) -> str:
    """What a model is asked so that it rewords the question: draw several answers to it."""
    return (
        "Put the following question into other words without changing what is asked. "
        f"Reply with the new question only.\n{question}"
    )


def clarify_request(question: str) -> str:
    """What a model is asked so that it spells out one reading of the question."""
    return (
        "Rewrite the following question so that nobody can misunderstand it, and supply every "
        f"detail that it leaves open. Reply with the new question only.\n{question}"
    )
