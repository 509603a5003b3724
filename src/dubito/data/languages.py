"""What people call a language, from its ISO 639 code."""

from functools import lru_cache

from dubito.data.countries import countries
from dubito.extras import require

COMMON = {
    "ber": ("Berber", "Tamazight", "Amazigh"),
    "bn": ("Bengali", "Bangla"),
    "crs": ("Seychellois Creole", "Seselwa", "Creole"),
    "dv": ("Dhivehi", "Divehi", "Maldivian"),
    "el": ("Greek",),
    "es": ("Spanish", "Castilian"),
    "fa": ("Persian", "Farsi"),
    "ff": ("Fula", "Fulani"),
    "fil": ("Filipino", "Tagalog"),
    "gil": ("Gilbertese", "Kiribati"),
    "id": ("Indonesian", "Bahasa Indonesia", "Bahasa"),
    "ht": ("Haitian Creole", "Creole", "Kreyòl", "Haitian"),
    "kl": ("Greenlandic", "Kalaallisut"),
    "ky": ("Kyrgyz", "Kirghiz"),
    "mg": ("Malagasy",),
    "ms": ("Malay", "Bahasa Melayu"),
    "my": ("Burmese", "Myanmar language"),
    "nb": ("Bokmål", "Norwegian Bokmål"),
    "nd": ("Ndebele", "North Ndebele", "Northern Ndebele"),
    "ne": ("Nepali",),
    "nn": ("Nynorsk", "Norwegian Nynorsk"),
    "nr": ("Ndebele", "South Ndebele", "Southern Ndebele"),
    "nso": ("Northern Sotho", "Sepedi", "Pedi"),
    "ny": ("Chichewa", "Chewa", "Nyanja"),
    "oc": ("Occitan",),
    "pa": ("Punjabi",),
    "prs": ("Dari", "Dari Persian"),
    "ps": ("Pashto", "Pushto"),
    "rm": ("Romansh",),
    "rn": ("Kirundi", "Rundi"),
    "ro": ("Romanian", "Moldovan"),
    "rw": ("Kinyarwanda", "Rwandan"),
    "se": ("Sami", "Northern Sami"),
    "si": ("Sinhala", "Sinhalese"),
    "sn": ("Shona",),
    "ss": ("Swazi", "Swati", "siSwati"),
    "st": ("Sesotho", "Sotho", "Southern Sotho"),
    "sw": ("Swahili", "Kiswahili"),
    "tet": ("Tetum",),
    "tn": ("Tswana", "Setswana"),
    "to": ("Tongan",),
    "tr": ("Turkish",),
    "xh": ("Xhosa", "isiXhosa"),
    "zdj": ("Comorian", "Shikomori"),
    "zh": ("Chinese", "Mandarin", "Mandarin Chinese", "Standard Chinese"),
    "zu": ("Zulu", "isiZulu"),
}


@lru_cache(maxsize=512)
def language_names(code: str) -> tuple[str, ...]:
    """All that the language is called, the common name first; empty for an unknown code."""
    if code in COMMON:
        return COMMON[code]
    known = require("pycountry", extra="facts").languages
    entry = known.get(alpha_2=code) if len(code) == 2 else known.get(alpha_3=code)
    return () if entry is None else (entry.name.partition(" (")[0],)


@lru_cache(maxsize=1)
def all_language_names() -> tuple[str, ...]:
    """The names of every language that is official somewhere."""
    codes = {code for country in countries().values() for code in country.languages}
    return tuple(dict.fromkeys(name for code in sorted(codes) for name in language_names(code)))
