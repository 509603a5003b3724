"""Given options: how they are put to a model, how likely each is, which one a reply names."""

import re
from collections.abc import Callable, Sequence
from string import ascii_uppercase

import numpy as np

from dubito.estimate.draws import log_likelihoods
from dubito.evidence import Evidence, Floats
from dubito.maths.entropy import log_normalise
from dubito.models.base import Generation

# A model's `read`: the evidence of given texts as answers to a prompt.
Read = Callable[[str, Sequence[str], Generation], Evidence]
AS_IT_IS = Generation(instruction="")  # the prompt is complete; nothing is added to it


def option_logprobs(evidence: Evidence) -> Floats:
    """log p of each of C given texts, the answer first, then the samples: [C] nats, at most 0.

    Each is the probability of the whole text and its end, so their sum may be anything up to 1.
    """
    return log_likelihoods((evidence.answer, *evidence.samples))


def texts_read(evidence: Evidence) -> tuple[str, ...]:
    """The given texts, in the order of the alphabet."""
    return tuple(sorted(s.text for s in (evidence.answer, *evidence.samples)))


def read_options(read: Read, prompt: str, options: Sequence[str]) -> Floats:
    """log p of each of C options as the whole answer to the prompt, scaled to a sum of 1: [C]."""
    return log_normalise(option_logprobs(read(prompt, options, AS_IT_IS)))


def letters(count: int) -> str:
    """The first so many capital letters, which name options.

    Raises:
        ValueError: fewer than two options, or more than there are letters.
    """
    if not 2 <= count <= len(ascii_uppercase):
        raise ValueError(f"between 2 and 26 options can be named by letters, got {count}")
    return ascii_uppercase[:count]


def choice_prompt(question: str, options: Sequence[str], *, note: str = "") -> str:
    """The question, a note where there is one, the lettered options, and how to reply."""
    names = letters(len(options))
    listed = [f"{name}. {option}" for name, option in zip(names, options, strict=True)]
    told = f"Reply with one letter only: {', '.join(names[:-1])} or {names[-1]}."
    return "\n".join([question, *([note] if note else []), *listed, told])


def words_prompt(question: str, options: Sequence[str], *, note: str = "") -> str:
    """The same without letters: for small models, which choose letters by their place."""
    told = f"Reply with one of these: {'; '.join(options)}."
    return "\n".join([question, *([note] if note else []), told])


def named_options(reply: str, options: Sequence[str]) -> set[int]:
    """Indices of the options that a reply names by their letters or their words.

    A letter counts as a word of its own and in upper case ("B", "(B)", "B."), so neither the
    article "a" nor the A in "Argentina" names the first option; "A" before a lower-case word is
    an article too, but not before "is". Words that are part of another named option's do not
    count: "Guinea-Bissau" does not name Guinea.
    """
    names = letters(len(options))
    article = r"(?!\s+(?!is\b)[a-z])"
    found = re.findall(rf"(?<![\w'’])[{names}](?![\w'’]){article}", reply)
    said = {c for c, option in enumerate(options) if says(reply, option)}
    whole = {c for c in said if not any(c != o and says(options[o], options[c]) for o in said)}
    return whole | {names.index(letter) for letter in found}


def named_option(reply: str, options: Sequence[str]) -> int:
    """Index of the one option that a reply names; -1 where it names none or several."""
    named = named_options(reply, options)
    return named.pop() if len(named) == 1 else -1


def says(reply: str, option: str) -> bool:
    """Whether the option's words stand in the reply as whole words, in any case."""
    return bool(re.search(rf"(?<!\w){re.escape(option)}(?!\w)", reply, re.IGNORECASE))


def likeliest(read: Read, prompt: str, options: Sequence[str]) -> int:
    """Index of the lettered option whose letter is the model's likeliest reply."""
    return int(np.argmax(read_options(read, prompt, letters(len(options)))))
