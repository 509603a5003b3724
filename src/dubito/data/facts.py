"""Questions with known answers about countries, from the package countryinfo."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random

from dubito.data.corrections import (
    DOUBTFUL_CONTINENT,
    DOUBTFUL_CURRENCY,
    DOUBTFUL_LANGUAGE,
    DOUBTFUL_LIST,
    NAMES,
    OTHER_CAPITALS,
    WATERS,
)
from dubito.data.countries import Country, countries, states
from dubito.data.currencies import all_currency_names, currency_names, foreign_names, noun
from dubito.data.languages import all_language_names, language_names
from dubito.data.matching import contains
from dubito.data.question import Question
from dubito.data.turns import shares, take_turns
from dubito.data.wording import ASK

Fact = Callable[[Country], Question | None]

CONTINENTS = ("Africa", "Asia", "Europe", "North America", "South America", "Oceania", "Antarctica")


def capital(country: Country) -> Question | None:
    """What its capital is; None without one, and where the country is called after it."""
    if not country.capital or contains(country.name, country.capital):
        return None
    answers = (country.capital, *OTHER_CAPITALS.get(country.code, ()))
    text = ASK["capital"].format(country.spoken)
    return Question(text, answers, "capital", rivals=all_capitals())


def currency(country: Country) -> Question | None:
    """What money is used there; each legal tender is right."""
    codes = country.currencies
    if country.code in DOUBTFUL_CURRENCY or not codes or not all(map(noun, codes)):
        return None
    answers = tuple(dict.fromkeys(name for code in codes for name in currency_names(code)))
    rivals = (*all_currency_names(), *foreign_names(codes))
    return Question(ASK["currency"].format(country.spoken), answers, "currency", rivals=rivals)


def language(country: Country) -> Question | None:
    """One official language; each is right."""
    codes = country.languages
    if country.code in DOUBTFUL_LANGUAGE or not codes or not all(map(language_names, codes)):
        return None
    answers = tuple(dict.fromkeys(name for code in codes for name in language_names(code)))
    text = ASK["language"].format(country.spoken)
    return Question(text, answers, "language", rivals=all_language_names())


def continent(country: Country) -> Question | None:
    """The continent it is on, of seven; a region ("Central America") is none."""
    if country.code in DOUBTFUL_CONTINENT or not country.region:
        return None
    answers = (country.region,)
    if country.region == "Americas":
        south = country.subregion == "South America"
        answers = ("South America",) if south else ("North America",)
    text = ASK["continent"].format(country.spoken)
    return Question(text, answers, "continent", rivals=CONTINENTS)


def border(country: Country) -> Question | None:
    """One neighbour by land; each is right."""
    groups = neighbour_names(country)
    if not groups:
        return None
    answers = tuple(name for group in groups for name in group)
    return Question(ASK["border"].format(country.spoken), answers, "border", rivals=all_names())


def all_borders(country: Country) -> Question | None:
    """Every neighbour by land, of a country that has two or three."""
    groups = neighbour_names(country)
    if len(groups) not in {2, 3} or country.code in DOUBTFUL_LIST:
        return None
    text = ASK["all borders"].format(country.spoken)
    return Question(text, kind="all borders", all_of=groups, rivals=all_names())


KINDS: dict[str, Fact] = {
    "capital": capital,
    "currency": currency,
    "language": language,
    "continent": continent,
    "border": border,
    "all borders": all_borders,
}
DEFAULT = (capital, currency, language, continent, border)


def facts(
    n: int | None = None, *, kinds: Sequence[Fact] = DEFAULT, seed: int = 0
) -> list[Question]:
    """n questions, as many of each kind as there are (all of them: None), same seed, same list.

    Well-known and obscure countries are mixed: for m questions of a kind the countries that have
    the fact, ordered by population, are cut into m equal slices and one is drawn from each.
    Kinds take turns in the list and each kind's countries come in random order, so that any
    first part of the list is mixed as well.

    Raises:
        ValueError: more are asked for than there are.
    """
    random = Random(seed)
    pools = [[q for country in states() if (q := kind(country))] for kind in kinds]
    most = sum(map(len, pools))
    n = most if n is None else n
    if not 0 < n <= most:
        raise ValueError(f"n must be between 1 and {most} for these kinds of question, got {n}")
    portions = shares(n, [len(pool) for pool in pools])
    return list(take_turns([spread(p, m, random) for p, m in zip(pools, portions, strict=True)]))


def spread(pool: Sequence[Question], m: int, random: Random) -> list[Question]:
    """One question out of each of m equal slices of the pool, in random order."""
    edges = [i * len(pool) // m for i in range(m + 1)] if m else []
    chosen = [pool[random.randrange(a, b)] for a, b in pairwise(edges)]
    random.shuffle(chosen)
    return chosen


def neighbour_names(country: Country) -> tuple[tuple[str, ...], ...]:
    """The names of each neighbour; states and territories alike."""
    known = countries()
    return tuple(known[code].names if code in known else (NAMES[code],) for code in country.borders)


@lru_cache(maxsize=1)
def all_names() -> tuple[str, ...]:
    """The names of every country and territory, and of waters called after one."""
    return (*WATERS, *(name for country in countries().values() for name in country.names))


@lru_cache(maxsize=1)
def all_capitals() -> tuple[str, ...]:
    """The capital of every state."""
    return tuple(country.capital for country in states() if country.capital)
