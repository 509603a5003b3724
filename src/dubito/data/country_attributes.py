"""What is true of which country, as yes-or-no questions, from the package countryinfo."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubito.data.corrections import (
    DOUBTFUL_CONTINENT,
    DOUBTFUL_CURRENCY,
    DOUBTFUL_LANGUAGE,
    DOUBTFUL_LIST,
)
from dubito.data.countries import Country, countries, states
from dubito.data.currencies import currency_names
from dubito.data.languages import language_names

DOUBTFUL = DOUBTFUL_CONTINENT | DOUBTFUL_CURRENCY | DOUBTFUL_LANGUAGE | DOUBTFUL_LIST
PEOPLE = (1, 3, 6, 10, 20, 40, 100)  # millions
NEIGHBOURS = (2, 3, 4, 5, 7)
FEWEST = 5  # of the countries that a region, language or neighbour must be true of
Attribute = tuple[str, Callable[[Country], bool]]


@dataclass(frozen=True, eq=False)
class Attributes:
    """K countries, Q questions in words, and the answers."""

    countries: tuple[str, ...]  # K, the most populous first
    questions: tuple[str, ...]  # Q
    true: NDArray[np.bool_]  # [K, Q]


def attributes() -> Attributes:
    """What the corrected records say of each country about which none of them is in doubt.

    Raises:
        MissingExtra: the package countryinfo is not installed.
    """
    known = [c for c in states() if c.code not in DOUBTFUL and c.region and c.languages]
    asked = [*places(known), *sizes(), *common(known), *spelling()]
    true = np.array([[holds(country) for _, holds in asked] for country in known])
    return Attributes(tuple(c.name for c in known), tuple(text for text, _ in asked), true)


def places(known: list[Country]) -> list[Attribute]:
    """The region of the world and the part of it."""
    regions = frequent(c.region for c in known)
    parts = frequent(c.subregion for c in known if c.subregion)
    return [
        *((f"Is it in {named(r)}?", lambda c, r=r: c.region == r) for r in regions),
        *((f"Is it in {named(p)}?", lambda c, p=p: c.subregion == p) for p in parts),
    ]


def sizes() -> list[Attribute]:
    """How many people it has, and how many neighbours."""
    return [
        *(
            (f"Do more than {m} million people live there?", lambda c, m=m: c.population > m * 1e6)
            for m in PEOPLE
        ),
        ("Does it border on another country by land?", lambda c: bool(c.borders)),
        *(
            (f"Does it have at least {n} neighbours by land?", lambda c, n=n: len(c.borders) >= n)
            for n in NEIGHBOURS
        ),
    ]


def common(known: list[Country]) -> list[Attribute]:
    """The languages, currencies and neighbours that several of them share."""
    spoken = [x for x in frequent(c for k in known for c in k.languages) if language_names(x)]
    money = frequent(c for k in known for c in k.currencies)
    beside = [b for b in frequent(c for k in known for c in k.borders) if b in countries()]
    return [
        *(
            (f"Is {language_names(x)[0]} an official language?", lambda c, x=x: x in c.languages)
            for x in spoken
        ),
        *(
            (f"Can one pay in {currency_names(m)[0]} there?", lambda c, m=m: m in c.currencies)
            for m in money
        ),
        *(
            (f"Does it border on {countries()[b].spoken}?", lambda c, b=b: b in c.borders)
            for b in beside
        ),
    ]


def spelling() -> list[Attribute]:
    """How its English name is written."""
    return [
        *(
            (f"Does its name begin with a letter up to {x}?", lambda c, x=x: c.name[0].upper() <= x)
            for x in "BFKPS"
        ),
        ("Does its name end in a?", lambda c: c.name.lower().endswith("a")),
        ("Does its name consist of several words?", lambda c: " " in c.name),
        ("Is its name longer than seven letters?", lambda c: len(c.name) > 7),
    ]


def frequent(values: Iterable[str]) -> list[str]:
    """Those that occur at least five times, the most frequent first."""
    counted = Counter(values)
    return sorted((v for v, n in counted.items() if n >= FEWEST), key=lambda v: (-counted[v], v))


def named(region: str) -> str:
    """A region inside a sentence."""
    return f"the {region}" if region in {"Caribbean", "Americas"} else region
