"""Relation tables, subject -> one or several objects, as questions that ask for all of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, groupby

from dubito.data.corrections import (
    DOUBTFUL_CURRENCY,
    DOUBTFUL_LANGUAGE,
    DOUBTFUL_LIST,
    codes,
)
from dubito.data.countries import states
from dubito.data.currencies import all_currency_names, currency_names, noun
from dubito.data.facts import all_names, neighbour_names
from dubito.data.languages import all_language_names, language_names
from dubito.data.normalise import normalise
from dubito.data.question import Question
from dubito.data.wording import ASK

Relation = Callable[[], Iterator[Question]]
Names = Sequence[tuple[str, ...]]

# one language is official, but which others are depends on what one counts: sign languages,
# national ones, written forms, those of regions
DOUBTFUL_WHOLE = DOUBTFUL_LANGUAGE | codes(
    "BOL BWA COD COG DZA FJI GNQ KAZ LKA LSO MWI NOR NZL PNG SDN SOM TZA ZAF ZWE"
)
LARGEST = 400  # of the numbers that are factorised
UP_TO = 60  # of the intervals with primes
BY_LETTER = {
    "months": "January February March April May June July August September October November "
    "December",
    "days of the week": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "planets of the solar system": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune",
    "signs of the zodiac": "Aries Taurus Gemini Cancer Leo Virgo Libra Scorpio Sagittarius "
    "Capricorn Aquarius Pisces",
    "letters of the Greek alphabet": "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa "
    "Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega",
    "noble gases": "Helium Neon Argon Krypton Xenon Radon",
}


def borders() -> Iterator[Question]:
    """Country -> its neighbours by land."""
    for country in states():
        if country.borders and country.code not in DOUBTFUL_LIST:
            text = ASK["all borders"].format(country.spoken)
            yield asked(text, neighbour_names(country), "borders", all_names())


def languages() -> Iterator[Question]:
    """Country -> its official languages."""
    for country in states():
        groups = [language_names(code) for code in country.languages]
        if groups and all(groups) and country.code not in DOUBTFUL_WHOLE:
            text = f"Name all the official languages of {country.spoken}."
            yield asked(text, groups, "languages", all_language_names())


def currencies() -> Iterator[Question]:
    """Country -> its legal tenders."""
    for country in states():
        codes = country.currencies
        if codes and all(map(noun, codes)) and country.code not in DOUBTFUL_CURRENCY:
            text = f"Name all the currencies that are legal tender in {country.spoken}."
            groups = [currency_names(code) for code in codes]
            yield asked(text, groups, "currencies", all_currency_names())


def prime_factors() -> Iterator[Question]:
    """Composite number -> the primes that divide it."""
    for n in range(4, LARGEST + 1):
        factors = [d for d in range(2, n + 1) if n % d == 0 and prime(d)]
        if factors != [n]:
            text = f"Name all the prime numbers that divide {n}."
            yield asked(text, as_names(factors), "prime factors")


def primes_between() -> Iterator[Question]:
    """Interval whose ends are no primes -> the primes inside."""
    ends = [n for n in range(4, UP_TO + 1) if not prime(n)]
    for low, high in combinations(ends, 2):
        inside = list(filter(prime, range(low, high)))
        if inside:
            text = f"Name all the prime numbers between {low} and {high}."
            yield asked(text, as_names(inside), "primes between")


def by_letter() -> Iterator[Question]:
    """Sort of things and a letter -> those that begin with it."""
    for sort, members in BY_LETTER.items():
        every = sorted(members.split())
        for letter, group in groupby(every, key=lambda name: name[0]):
            text = f"Name all the {sort} that begin with the letter {letter}."
            yield asked(text, [(name,) for name in group], "by letter", tuple(every))


def asked(text: str, groups: Names, kind: str, rivals: tuple[str, ...] = ()) -> Question:
    """The question for a whole list; names that two of its right things share are left out."""
    uses = Counter(name for group in groups for name in set(map(normalise, group)))
    own = tuple(tuple(name for name in group if uses[normalise(name)] == 1) for group in groups)
    return Question(text, kind=kind, all_of=own, rivals=rivals)


def as_names(values: Sequence[int]) -> Names:
    """Each number under its one name."""
    return [(str(value),) for value in values]


@lru_cache(maxsize=512)
def prime(n: int) -> bool:
    """Whether n >= 2 has no divisor but 1 and itself."""
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


RELATIONS: tuple[Relation, ...] = (
    borders,
    languages,
    currencies,
    prime_factors,
    primes_between,
    by_letter,
)
