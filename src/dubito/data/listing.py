"""What a reply lists: its things in order, each once, under one name whatever its dress."""

import re
from collections.abc import Sequence
from functools import lru_cache

from dubito.data.matching import names_in, offered
from dubito.data.normalise import normalise, words
from dubito.data.numbers import as_number, numbers
from dubito.data.question import DataError, Question

MARK = re.compile(r"^\s*(?:(\d{1,3})[.)]|[-*•])\s+(?=\S)")
BETWEEN = re.compile(r"[,;\n]|\band\b", re.IGNORECASE)


def gold(question: Question) -> frozenset[str]:
    """The things that a complete list holds, each by the normalised first of its names.

    Raises:
        DataError: the question asks for no list.
    """
    if not question.all_of:
        raise DataError(f"{question.text!r} has no `all_of`: it does not ask for a list")
    return frozenset(normalise(group[0]) for group in question.all_of)


def listed(reply: str, question: Question) -> tuple[str, ...]:
    """The things that the reply names, the first one first; right ones under their `gold` name.

    Numbers are read where all right answers are numbers; names are found by the question's
    rivals where it has any (so "Bosnia and Herzegovina" is one); else commas, lines and "and"
    separate. Marks of a list ("1.", "-") are no answers. Two names of one right thing are one;
    two names of one wrong thing are two.
    """
    plain = unmarked(reply)
    if all(as_number(name) is not None for group in question.all_of for name in group):
        given = [number.value for number in numbers(question.text)]
        found: Sequence[str] = [str(n.value) for n in offered(plain, question.text, given)]
    elif question.rivals:
        found = [name for name in names_in(words(plain), question) if name]
    else:
        found = [thing for part in BETWEEN.split(plain) if (thing := normalise(part))]
    called = canonical(question)
    return tuple(dict.fromkeys(called.get(name, name) for name in found))


@lru_cache(maxsize=4096)
def canonical(question: Question) -> dict[str, str]:
    """Every normalised name of a right thing -> that thing's `gold` name.

    Raises:
        DataError: one name of two right things.
    """
    found: dict[str, str] = {}
    for group in question.all_of:
        key = normalise(group[0])
        for name in map(normalise, group):
            if found.setdefault(name, key) != key:
                raise DataError(
                    f"{name!r} names both {found[name]!r} and {key!r} in {question.text!r}; "
                    "give it to one of them, or to none"
                )
    return found


def unmarked(text: str) -> str:
    """The lines without the marks of a list; numbers are marks where they count 1, 2, 3 ..."""
    kept, place = [], 1
    for line in text.splitlines():
        mark = MARK.match(line)
        if mark and mark[1] in (None, str(place)):
            line = line[mark.end() :]
            place += mark[1] is not None
        kept.append(line)
    return "\n".join(kept)
