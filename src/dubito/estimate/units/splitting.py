"""The units of an answer by rule: sentences and lines, or their clauses."""

import re

from dubito.data.units import Unit
from dubito.estimate.sentence_doubt import SENTENCE_END

LINE_END = re.compile(r"\n+")
LAST_WORD = re.compile(r"\w(?:[\w.]*\w)?$")
SHORTENED = "dr mr mrs ms prof st vs vol fig al approx ca cf inc ltd jr sr gen capt"
ABBREVIATIONS = frozenset(SHORTENED.split())
LINK = re.compile(r"\s*;\s*|,?\s+and\s+")
VERBS = """
is are was were has have had can could will would does did do may might must shall should
lies became becomes wrote won made took began died born
"""
FINITE = frozenset(VERBS.split())


def sentence_units(text: str) -> list[Unit]:
    """The sentences of a text, in order; a line break ends one, and list marks stay with theirs.

    No end are the full stops of "Dr.", "U.S.", an initial, or a number that begins a line.
    What has neither letter nor digit is no sentence.
    """
    ends = {m.end() for m in SENTENCE_END.finditer(text) if not abbreviated(text, m)}
    ends |= {m.end() for m in LINE_END.finditer(text)}
    return [u for a, b in spans(sorted({*ends, len(text)})) if (u := trimmed(text, a, b))]


def clause_units(text: str) -> list[Unit]:
    """The sentences, each cut at ";" and at an "and" with a verb and a subject on both sides.

    "Lima is old and Cusco is older" has two claims, "Lima is old and large" and "Lima is old and
    has a port" have one. Verbs are known by a short list and by "-ed".
    """
    return [clause for unit in sentence_units(text) for clause in clauses(text, unit)]


def spans(ends: list[int]) -> list[tuple[int, int]]:
    """From each end to the next, beginning at 0."""
    return list(zip([0, *ends[:-1]], ends, strict=True))


def trimmed(text: str, start: int, end: int) -> Unit | None:
    """The unit without space around it; None where it says nothing."""
    part = text[start:end]
    if not any(c.isalnum() for c in part):
        return None
    start += len(part) - len(part.lstrip())
    said = part.strip()
    return Unit(said, start, start + len(said))


def abbreviated(text: str, end: re.Match[str]) -> bool:
    """Is this full stop part of a word or of a list mark?"""
    before = text[: end.start()]
    word = LAST_WORD.search(before)
    if end.group() != "." or word is None:
        return False
    said = word.group()
    letters = all(len(part) == 1 and part.isalpha() for part in said.split("."))
    initial = letters and (said.isupper() or "." in said)
    mark = said.isdigit() and not before[: word.start()].rpartition("\n")[2].strip()
    return initial or mark or said.lower() in ABBREVIATIONS


def clauses(text: str, unit: Unit) -> list[Unit]:
    """The clauses of one sentence."""
    cuts, start = [], unit.start
    for link in LINK.finditer(text, unit.start, unit.end):
        left, right = text[start : link.start()], text[link.end() : unit.end]
        if ";" in link.group() or (verbs(left) and verbs(right)):
            cuts.append((start, link.start()))
            start = link.end()
    return [u for a, b in [*cuts, (start, unit.end)] if (u := trimmed(text, a, b))]


def verbs(clause: str) -> list[int]:
    """Places of finite verbs among the words; none where the clause begins with one."""
    said = clause.strip().split()
    found = [i for i, w in enumerate(said) if w in FINITE or (w.endswith("ed") and len(w) > 4)]
    return [] if found[:1] == [0] else found
