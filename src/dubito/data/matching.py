"""Is this reply right? The rules that turn a reply and its question into a label."""

import re
from fractions import Fraction
from functools import lru_cache

from dubito.data.normalise import normalise, words
from dubito.data.numbers import Number, as_number, numbers, spelled
from dubito.data.question import Question
from dubito.data.refusal import declines

SENTENCES = 3
BREAK = re.compile(r"(?<!\b[Ss]t\.)(?<!\b[MD]r\.)(?<!\b[A-Z]\.)(?<=[.!?])\s+|\n+")
NEGATIONS = frozenset({"not", "isnt", "arent", "never", "nor", "neither", "cannot", "doesnt"})
LINKS = frozenset({"in", "by", "with", "of", "to", "called", "border"})
BREAKS_ECHO = frozenset({"is", "are", "was", "were", "or", "and", "in", "on"})

plain = lru_cache(maxsize=2**15)(normalise)  # rivals are the same for many questions


def is_right(reply: str, question: Question) -> bool:
    """Whether the first three sentences of the reply answer the question rightly.

    * An unanswerable question is answered rightly by declining or asking back.
    * Where all right answers are numbers, numbers are compared (see `right_number`).
    * Else the first name in the reply decides: it must be a right answer, as a run of whole
      words. Names are the right answers and the question's rivals; the longest at a place
      counts ("South Sudan" is not Sudan). No name: what repeats a longer stretch of the question
      ("South Africa" does not say Africa), a rival that the question itself names, and what is
      denied ("not Asia but Africa").
    * "Lima or Cusco" hedges and is wrong; "the sol or the Peruvian sol" is not a hedge.
    * Where a list is asked for, each thing must be named and no rival.
    """
    start = "\n".join(sentences(reply))
    if not question.answerable:
        return declines(start) or any(contains(start, name) for name in question.answers)
    values = numeric(question)
    if values:
        return right_number(start, question.text, values)
    named = names_in(words(start), question)
    if question.all_of:
        heard = set(named)
        groups = [{normalise(name) for name in group} for group in question.all_of]
        return all(heard & group for group in groups) and heard <= set().union(*groups)
    return bool(named) and named[0] in right_names(question)


def sentences(reply: str) -> list[str]:
    """The first three sentences; a line break ends one, an initial ("D.C.") or "St." does not."""
    return [part.strip() for part in BREAK.split(reply) if part.strip()][:SENTENCES]


def contains(text: str, name: str) -> bool:
    """Whether the name stands in the text as a run of whole words, whatever its dress."""
    return f" {normalise(name)} " in f" {normalise(text)} "


@lru_cache(maxsize=4096)
def right_names(question: Question) -> frozenset[str]:
    """The right answers, normalised."""
    return frozenset(map(normalise, (*question.answers, *sum(question.all_of, ()))))


@lru_cache(maxsize=4096)
def rival_names(question: Question) -> frozenset[str]:
    """The rivals, normalised, without the right ones and those that the question names."""
    asked = f" {normalise(question.text)} "
    every = frozenset(map(plain, question.rivals)) - right_names(question)
    return frozenset(name for name in every if f" {name} " not in asked)


def names_in(said: list[str], question: Question) -> list[str]:
    """The names that the words put forward, in their order; a hedged one as the empty name."""
    right = right_names(question)
    every = right | rival_names(question)
    asked = f" {normalise(question.text)} "
    longest = max(name.count(" ") + 1 for name in every)
    found, i = [], 0
    while i < len(said):
        runs = (" ".join(said[i:j]) for j in range(min(i + longest, len(said)), i, -1))
        name = next(
            (form for run in runs for form in (run, run.removesuffix("s")) if form in every), ""
        )
        end = i + max(1, name.count(" ") + 1)
        if name and not (echoes(said, i, end, asked) or denied(said, i)):
            found.append("" if hedged(said, i, end, right) else name)
        i = end
    return found


def echoes(said: list[str], start: int, end: int, asked: str) -> bool:
    """Whether the words here repeat a longer stretch of the question."""
    before = start > 0 and said[start - 1] not in BREAKS_ECHO
    after = end < len(said) and said[end] not in BREAKS_ECHO
    return (before and f" {' '.join(said[start - 1 : end])} " in asked) or (
        after and f" {' '.join(said[start : end + 1])} " in asked
    )


def denied(said: list[str], start: int) -> bool:
    """Whether a negation stands right before these words, or before their preposition."""
    if start and said[start - 1] in LINKS:
        start -= 1
    return start > 0 and said[start - 1] in NEGATIONS


def hedged(said: list[str], start: int, end: int, right: frozenset[str]) -> bool:
    """Whether "or" joins these words to something that is no right answer."""
    after = [" ".join(said[end + 1 : j]) for j in range(end + 2, len(said) + 1)]
    before = [" ".join(said[j : start - 1]) for j in range(start - 1)] if start else []
    return (said[end : end + 1] == ["or"] and right.isdisjoint(after)) or (
        start > 0 and said[start - 1] == "or" and right.isdisjoint(before)
    )


@lru_cache(maxsize=4096)
def numeric(question: Question) -> frozenset[Fraction]:
    """The right answers as numbers; empty unless all of them are numbers."""
    values = [as_number(answer) for answer in question.answers]
    known = frozenset(value for value in values if value is not None)
    return known if None not in values else frozenset()


def right_number(reply: str, asked: str, right: frozenset[Fraction]) -> bool:
    """Whether the reply commits to one of the right numbers.

    A sentence with "=" commits to its last number behind the last "=". A question with several
    numbers is a calculation or a choice: the first sentence with numbers commits to its last
    new one, or else to its first ("11 is more than 9"). Otherwise any number of the reply may be
    the one, unless "or" joins it to another. The question's numbers, where the reply
    repeats them in a row, are no answer. Words ("forty-two") count where no digits answer.
    """
    given = [number.value for number in numbers(asked)]
    for sentence in reply.split("\n"):
        equation = "=" in sentence
        own = offered(sentence.rpartition("=")[2], asked, [] if equation else given)
        if own and (equation or len(given) > 1):
            return own[-1].value in right
        if any(number.value in right for number in unhedged(own, sentence)):
            return True
    return False


def offered(text: str, asked: str, given: list[Fraction]) -> list[Number]:
    """The numbers of the text that may be an answer, without a repetition of the given ones."""
    if "remainder" in text and "remainder" not in asked:
        text = text.partition("remainder")[0].partition(" with ")[0]
    found = numbers(text)
    values = [number.value for number in found]
    for i in range(len(found) if given else 0):
        if values[i : i + len(given)] == given:
            found = found[:i] + found[i + len(given) :]
            break
    fresh = [number for number in found if number.value not in given]
    return fresh or found[:1] or [n for n in spelled(text) if n.value not in given]


def unhedged(found: list[Number], text: str) -> list[Number]:
    """The numbers that no "or" joins to their neighbour."""
    joined = {
        k
        for i in range(len(found) - 1)
        if text[found[i].end : found[i + 1].start].strip(" ,") == "or"
        for k in (i, i + 1)
    }
    return [number for i, number in enumerate(found) if i not in joined]
