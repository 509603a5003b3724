"""What people call a currency, from its ISO 4217 code."""

from collections import Counter
from functools import lru_cache

from dubito.data.corrections import codes
from dubito.data.countries import Country, countries
from dubito.extras import require

# ISO's own name is not the common one, or its last word is not the noun
COMMON = {
    "AED": "UAE dirham",
    "BAM": "Bosnian mark",
    "CLP": "Chilean peso",
    "CNY": "Chinese yuan",
    "CVE": "Cape Verdean escudo",
    "GBP": "British pound",
    "ILS": "Israeli shekel",
    "ISK": "Icelandic króna",
    "NIO": "Nicaraguan córdoba",
    "OMR": "Omani rial",
    "QAR": "Qatari riyal",
    "TMT": "Turkmenistan manat",
    "TWD": "Taiwan dollar",
    "USD": "US dollar",
    "UYU": "Uruguayan peso",
    "UZS": "Uzbek som",
    "XAF": "Central African CFA franc",
    "XOF": "West African CFA franc",
}
SPELLINGS = {
    "BRL": ("reais",),
    "BAM": ("convertible mark", "marka", "konvertibilna marka"),
    "CNY": ("renminbi", "RMB", "yuan renminbi"),
    "CZK": ("crown", "Czech crown"),
    "DKK": ("kroner", "crown", "Danish crown"),
    "GBP": ("pound sterling", "sterling", "sterling pound"),
    "ILS": ("new shekel", "new sheqel", "sheqel"),
    "ISK": ("krona", "kronur"),
    "LSL": ("maloti",),
    "MDL": ("lei",),
    "MNT": ("tögrög", "togrog", "tughrik"),
    "NOK": ("kroner", "crown", "Norwegian crown"),
    "MZN": ("meticais",),
    "OMR": ("Omani riyal", "riyal"),
    "PEN": ("nuevo sol", "new sol"),
    "QAR": ("Qatari rial", "rial"),
    "RON": ("lei",),
    "RUB": ("rouble", "Russian rouble"),
    "BYN": ("rouble", "Belarusian rouble"),
    "SAR": ("Saudi Arabian rial", "Saudi rial", "rial"),
    "SEK": ("kronor", "crown", "Swedish crown"),
    "TOP": ("paanga",),
    "TRY": ("new lira", "New Turkish lira"),
    "USD": ("United States dollar", "American dollar", "U.S. dollar"),
    "UZS": ("sum", "soum", "so'm"),
    "VND": ("dồng",),
    "YER": ("Yemeni riyal", "riyal"),
    "XAF": ("CFA franc", "franc CFA", "CFA"),
    "XOF": ("CFA franc", "franc CFA", "CFA"),
}
# codes and nouns that mean something else in an English sentence
ENGLISH = codes("all cop cup gel mad mop pen top try won real sum mark crown cfa")


def noun(code: str) -> str:
    """The common noun: "yen", "dollar"; empty for a code that ISO does not have."""
    return full_name(code).rpartition(" ")[2].lower()


@lru_cache(maxsize=512)
def full_name(code: str) -> str:
    """The name in full: "US dollar"; empty for a code that ISO does not have."""
    if code in COMMON:
        return COMMON[code]
    entry = require("pycountry", extra="facts").currencies.get(alpha_3=code)
    return "" if entry is None else entry.name


@lru_cache(maxsize=1)
def issuers() -> dict[str, Country]:
    """Countries by alpha-2 code, with which the code of their own currency begins."""
    return {country.alpha2: country for country in countries().values()}


@lru_cache(maxsize=512)
def currency_names(code: str) -> tuple[str, ...]:
    """All that the currency is called, its full name first, its code last."""
    thing, issuer = noun(code), issuers().get(code[:2])
    adjectives = issuer.adjectives if issuer else ()
    called = [full_name(code), *(f"{a} {thing}" for a in adjectives), *SPELLINGS.get(code, ())]
    own_code = () if code.lower() in ENGLISH else (code,)
    return tuple(dict.fromkeys([*called, thing, *own_code]))


@lru_cache(maxsize=1)
def nouns() -> Counter[str]:
    """How many currencies share each noun."""
    every = {code for country in countries().values() for code in country.currencies}
    return Counter(noun(code) for code in every if noun(code))


@lru_cache(maxsize=1)
def all_currency_names() -> tuple[str, ...]:
    """Each currency's full name, and its noun, but those that are other words in English."""
    known = sorted({code for country in countries().values() for code in country.currencies})
    every = (name for code in known if noun(code) for name in (full_name(code), noun(code)))
    return tuple(dict.fromkeys(name for name in every if name.lower() not in ENGLISH))


def foreign_names(tender: tuple[str, ...]) -> tuple[str, ...]:
    """Adjectives before the nouns that these currencies share with others: "Kenyan dollar"."""
    shared = sorted({noun(code) for code in tender if nouns()[noun(code)] > 1})
    return tuple(
        f"{adjective} {thing}"
        for country in countries().values()
        for adjective in country.adjectives
        if adjective != country.name
        for thing in shared
    )
