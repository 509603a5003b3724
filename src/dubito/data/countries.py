"""The countries of the package countryinfo, with the names that one says in a sentence."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dubito.data.corrections import (
    ADJECTIVES,
    CAPITALS,
    DISSOLVED,
    DOUBTFUL_CAPITAL,
    LANGUAGES,
    MORE_BORDERS,
    NAMES,
    NO_BORDERS,
    NO_MONEY,
    NO_STATE,
    OTHER_NAMES,
    RECODED,
    RECODED_BORDERS,
    WITH_ARTICLE,
)
from dubito.extras import require

SMALLEST = 100_000  # people; below, sources differ too often on capital and languages


@dataclass(frozen=True, slots=True)
class Country:
    """What we take for true about one country or territory, doubtful facts left out."""

    code: str  # ISO 3166 alpha-3
    alpha2: str
    name: str
    names: tuple[str, ...]  # the name first
    adjectives: tuple[str, ...]  # "Peruvian", "Peru"
    population: int
    state: bool  # questions are asked about it
    capital: str  # empty where there is none, or doubt
    region: str
    subregion: str
    currencies: tuple[str, ...]  # ISO 4217
    languages: tuple[str, ...]  # ISO 639
    borders: tuple[str, ...]  # alpha-3

    @property
    def spoken(self) -> str:
        """The name as it stands inside a sentence: "the Netherlands"."""
        return f"the {self.name}" if self.code in WITH_ARTICLE else self.name


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """All countries and territories by alpha-3 code, the most populous first.

    Raises:
        MissingExtra: the package countryinfo is not installed.
    """
    raw: dict[str, Any] = {}
    for record in require("countryinfo", extra="facts").CountryInfo.all().values():
        code = record.get("ISO", {}).get("alpha3")
        better = (record.get("population") or 0) > (raw.get(code, {}).get("population") or -1)
        if code and code not in DISSOLVED and better:  # some countries have two records
            raw[code] = record
    borders = neighbours(raw)
    every = [clean(record, borders.get(code, ())) for code, record in raw.items()]
    return {c.code: c for c in sorted(every, key=lambda c: (-c.population, c.code))}


def states() -> list[Country]:
    """The countries about which questions are asked, the most populous first."""
    return [country for country in countries().values() if country.state]


def neighbours(raw: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Who borders whom: what either side says, less what is known to be wrong."""
    listed: dict[str, list[str]] = {code: record.get("borders", []) for code, record in raw.items()}
    said = {(a, RECODED_BORDERS.get(b, b)) for a, others in listed.items() for b in others}
    known = {pair for pair in said if pair[1] in raw or pair[1] in NAMES}  # not "IT" for "ITA"
    either = {(a, b) for x, y in known | MORE_BORDERS for a, b in ((x, y), (y, x))}
    good = sorted(pair for pair in either if tuple(sorted(pair)) not in NO_BORDERS)
    return {code: tuple(b for a, b in good if a == code) for code in raw}


def clean(record: dict[str, Any], borders: tuple[str, ...]) -> Country:
    """The corrected record of one country."""
    code: str = record["ISO"]["alpha3"]
    name: str = NAMES[code] if code in NAMES else record["name"]
    demonyms: list[str] = record.get("demonym", "").replace("/", ",").split(",")
    population: int = record.get("population") or 0
    tender: list[str] = record.get("currencies") or []
    return Country(
        code=code,
        alpha2=record["ISO"]["alpha2"],
        name=name,
        names=(name, *OTHER_NAMES.get(code, ())),
        adjectives=(*(d for d in demonyms if d), name, *ADJECTIVES.get(code, ())),
        population=population,
        state=population >= SMALLEST and code not in NO_STATE,
        capital="" if code in DOUBTFUL_CAPITAL else capital(record),
        region=record.get("region") or "",
        subregion=record.get("intermediateregion") or record.get("subregion") or "",
        currencies=tuple(RECODED.get(c, c) for c in tender if c not in NO_MONEY),
        languages=LANGUAGES.get(code, tuple(record.get("languages") or ())),
        borders=borders,
    )


def capital(record: dict[str, Any]) -> str:
    """The capital; empty where the record has none, or several."""
    known = CAPITALS.get(record["ISO"]["alpha3"], record.get("capital"))
    return known if isinstance(known, str) and "/" not in known else ""
