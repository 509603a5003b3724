"""Passages to retrieve from: the user's, or what is known about each country, written out."""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from dubito.data.countries import Country, states
from dubito.data.currencies import currency_names
from dubito.data.facts import continent, neighbour_names
from dubito.data.languages import language_names
from dubito.data.question import DataError


def load_passages(source: str | Path) -> list[str]:
    """Passages of a .txt file, one a paragraph, or of a .jsonl file, one a line; or of "facts".

    A line of JSON is a text or an object with a `text`.

    Raises:
        DataError: no such file, another kind, a broken line, or nothing in it.
    """
    if str(source) == "facts":
        return country_passages()
    path = Path(source)
    if path.suffix.lower() not in (".txt", ".jsonl") or not path.exists():
        raise DataError(f"no passages {str(source)!r}: give a .txt or .jsonl file, or facts")
    content = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".txt":
        found = [" ".join(part.split()) for part in re.split(r"\n\s*\n", content)]
    else:
        lines = enumerate(content.split("\n"), start=1)
        found = [passage_in(line, f"{path}, line {n}") for n, line in lines if line.strip()]
    kept = [passage for passage in found if passage.strip()]
    if not kept:
        raise DataError(f"{path} holds no passage")
    return kept


def passage_in(line: str, where: str) -> str:
    """The text of one line of JSON."""
    try:
        said = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: broken JSON at column {error.colno}: {error.msg}") from error
    text = said.get("text") if isinstance(said, dict) else said
    if not isinstance(text, str):
        raise DataError(f"{where}: a text or an object with a text is needed, got {line[:60]}")
    return text


def country_passages() -> list[str]:
    """One sentence for each fact that `facts()` may ask about, country by country.

    Raises:
        MissingExtra: the package countryinfo is not installed.
    """
    return list(chain.from_iterable(map(sentences_about, states())))


def sentences_about(country: Country) -> list[str]:
    """The facts about one country that nobody doubts, a sentence each."""
    name = country.spoken
    asked = continent(country)
    where = asked.answers[0] if asked else ""
    money = leading(map(currency_names, country.currencies))
    tongues = leading(map(language_names, country.languages))
    neighbours = leading(neighbour_names(country))
    said = [
        (f"The capital of {name} is {country.capital}.", bool(country.capital)),
        (f"The currency of {name} is the {joined(money)}.", bool(money)),
        (f"In {name} the official language is {joined(tongues)}.", bool(tongues)),
        (f"{capitalised(name)} is a country on the continent of {where}.", bool(where)),
        (f"{capitalised(name)} borders {joined(neighbours)}.", bool(neighbours)),
    ]
    return [sentence for sentence, known in said if known]


def leading(many: Iterable[Sequence[str]]) -> list[str]:
    """The first name of each thing that has one."""
    return [names[0] for names in many if names and names[0]]


def joined(names: Iterable[str]) -> str:
    """A list as one says it."""
    *before, last = [*names] or [""]
    return f"{', '.join(before)} and {last}" if before else last


def capitalised(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]
