"""What the package countryinfo 1.0 has wrong, out of date or unsaid, as tables by alpha-3 code.

A fact on which good sources differ, or that changed since most models were trained, is doubtful:
no question is asked about it.
"""


def codes(text: str) -> frozenset[str]:
    """The codes that a text lists."""
    return frozenset(text.split())


# no longer there
DISSOLVED = frozenset({"ANT", "SCG"})
# not states, or a status on which states differ
NO_STATE = codes("ABW ESH GLP GUF GUM HKG MAC MTQ MYT NCL PRI PSE PYF REU TWN")

NAMES = {
    "BHS": "Bahamas",
    "GMB": "Gambia",
    "XKX": "Kosovo",
    "FSM": "Micronesia",
    "MKD": "North Macedonia",
    "MMR": "Myanmar",
    "SWZ": "Eswatini",
    "VAT": "Vatican City",
}
WITH_ARTICLE = codes("ARE BHS CAF COD COG COM CZE DOM GBR GMB MDV NLD PHL SLB USA")
OTHER_NAMES = {
    "ARE": ("UAE", "Emirates"),
    "BIH": ("Bosnia", "Bosnia-Herzegovina"),
    "CAF": ("CAR",),
    "CHN": ("People's Republic of China", "PRC"),
    "CIV": ("Côte d'Ivoire",),
    "COD": ("DR Congo", "DRC", "Congo-Kinshasa", "Democratic Republic of Congo", "Zaire"),
    "COG": ("Congo-Brazzaville", "Congo Republic", "Republic of Congo"),
    "CPV": ("Cabo Verde",),
    "CZE": ("Czechia",),
    "GBR": ("UK", "Great Britain", "Britain", "Northern Ireland"),
    "IRL": ("Republic of Ireland",),
    "KOR": ("Republic of Korea",),
    "LAO": ("Lao",),
    "MKD": ("Macedonia", "Republic of Macedonia"),
    "MMR": ("Burma",),
    "NLD": ("Holland",),
    "PRK": ("DPRK",),
    "PSE": ("Gaza", "Gaza Strip", "West Bank", "Palestinian territories", "State of Palestine"),
    "RUS": ("Russian Federation",),
    "SWZ": ("Swaziland",),
    "TLS": ("Timor-Leste",),
    "TUR": ("Türkiye",),
    "USA": ("USA", "US", "United States of America"),
    "VAT": ("Holy See", "Vatican"),
}
ADJECTIVES = {
    "ARE": ("Emirati", "UAE", "United Arab Emirates"),
    "ARG": ("Argentine",),
    "AZE": ("Azeri",),
    "BIH": ("Bosnian",),
    "CPV": ("Cape Verdean", "Cabo Verdean"),
    "ECU": ("Ecuadorian",),
    "GBR": ("UK",),
    "ISL": ("Icelandic",),
    "KAZ": ("Kazakh",),
    "KGZ": ("Kyrgyz",),
    "KOR": ("Korean",),
    "LAO": ("Lao",),
    "MDV": ("Maldivian",),
    "NPL": ("Nepali",),
    "PHL": ("Philippine",),
    "SAU": ("Saudi",),
    "SLB": ("Solomon Islands",),
    "SUR": ("Surinamese", "Surinam"),
    "SWZ": ("Eswatini",),
    "TJK": ("Tajik", "Tajikistani"),
    "TKM": ("Turkmenistani",),
    "TTO": ("Trinidad", "TT"),
    "TUR": ("Türk",),
    "USA": ("US", "USA", "United States"),
    "UZB": ("Uzbek",),
}

# moved, divided, contested, or named differently by good sources
DOUBTFUL_CAPITAL = codes("BDI BOL GNQ ISR LKA SWZ ZAF")
CAPITALS = {"KAZ": "Astana"}
OTHER_CAPITALS = {
    "ATG": ("St. John's",),
    "BLZ": ("Belmopán",),
    "CHE": ("Berne",),
    "GEO": ("Tiflis",),
    "GRD": ("Saint George's",),
    "KAZ": ("Nur-Sultan",),
    "MDA": ("Kishinev",),
    "MMR": ("Nay Pyi Taw", "Naypyitaw"),
    "MNG": ("Ulan Bator",),
    "NPL": ("Katmandu",),
    "SMR": ("San Marino",),
    "TCD": ("Ndjamena",),
    "TON": ("Nukualofa",),
    "UKR": ("Kiev",),
    "USA": ("Washington", "Washington, DC", "District of Columbia"),
}

# the two continents of a land, or of its sources, are both defensible
DOUBTFUL_CONTINENT = codes("ARM AUS AZE CYP EGY GEO IDN KAZ RUS TLS TUR")

DOUBTFUL_CURRENCY = codes("BGR HRV VEN ZWE")
# the same money under the code that it has since a redenomination
RECODED = {"BYR": "BYN", "MRO": "MRU", "SLL": "SLE", "STD": "STN", "ZMK": "ZMW"}
# units of account, bonds, withdrawn notes
NO_MONEY = codes("BOV CHE CHW CLF CUC SVC USN USS UYI")

# official status changed lately, or the sources name quite different sets
DOUBTFUL_LANGUAGE = codes("BFA ERI ISR LBN MLI MNE MYS NER PSE TJK")
LANGUAGES = {
    "AFG": ("ps", "prs"),
    "AND": ("ca",),
    "ARG": ("es",),
    "ARM": ("hy",),
    "AZE": ("az",),
    "BDI": ("fr", "rn", "en"),
    "BLZ": ("en",),
    "BOL": ("es", "ay", "qu", "gn"),
    "CHE": ("de", "fr", "it", "rm"),
    "COM": ("ar", "fr", "zdj"),
    "CYP": ("el", "tr"),
    "CZE": ("cs",),
    "DZA": ("ar", "ber"),
    "ETH": ("am", "om", "so", "ti", "aa"),
    "GIN": ("fr",),
    "GNQ": ("es", "fr", "pt"),
    "KIR": ("en", "gil"),
    "MAR": ("ar", "ber"),
    "MWI": ("en", "ny"),
    "NAM": ("en",),
    "NOR": ("no", "nb", "nn", "se"),
    "PAK": ("ur", "en"),
    "PER": ("es", "qu", "ay"),
    "PHL": ("fil", "en"),
    "PLW": ("en", "pau"),
    "PNG": ("en", "tpi", "ho"),
    "RWA": ("rw", "en", "fr", "sw"),
    "SRB": ("sr",),
    "SYC": ("fr", "en", "crs"),
    "TKM": ("tk",),
    "TLS": ("pt", "tet"),
    "UZB": ("uz",),
    "ZAF": ("af", "en", "nr", "nso", "st", "ss", "tn", "ts", "ve", "xh", "zu"),
    "ZWE": ("en", "sn", "nd", "ny", "st", "tn", "ts", "ve", "xh"),
}

# pairs, in either order
NO_BORDERS = frozenset(
    {("AFG", "IND"), ("CYP", "GBR"), ("IND", "LKA"), ("IRN", "KWT"), ("SSD", "TCD")}
)
MORE_BORDERS = frozenset(
    {("CAN", "DNK"), ("BRA", "FRA"), ("EGY", "PSE"), ("ISR", "PSE"), ("JOR", "PSE")}
)
RECODED_BORDERS = {"KOS": "XKX"}
# a list of all neighbours would depend on a territory or on an islet
DOUBTFUL_LIST = codes("CAN DNK MAR")
# on an island with a base, a treaty zone or a causeway that somebody may call a border
NO_LONELY_ISLAND = codes("BHR CUB CYP LKA SGP")
# names of waters that contain a country's, so that a sea is not taken for its namesake
WATERS = (
    "East China Sea", "South China Sea", "Sea of Japan", "Gulf of Guinea", "Gulf of Mexico",
    "Gulf of Oman", "Gulf of Thailand", "Mozambique Channel", "Lake Chad", "Lake Malawi",
    "Lake Nicaragua", "Congo River", "Niger River", "Jordan River", "River Jordan",
)  # fmt: skip
