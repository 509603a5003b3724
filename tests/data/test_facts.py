"""Questions about countries: known truths, balance, and what doubtful facts may not do."""

import subprocess
import sys
from collections import Counter
from statistics import median

import pytest

from dubito.data import KINDS, Question, facts, is_right
from dubito.data.countries import countries, states
from dubito.data.facts import all_borders, border, capital, continent, currency, language


@pytest.mark.parametrize(
    ("kind", "code", "text", "right", "wrong"),
    [
        (capital, "PER", "What is the capital of Peru?", "Lima", "Quito"),
        (capital, "USA", "What is the capital of the United States?", "Washington DC", "New York"),
        (capital, "KAZ", "What is the capital of Kazakhstan?", "Astana", "Almaty"),
        (
            currency,
            "JPN",
            "What is the currency of Japan?",
            "the Japanese yen",
            "yuan. The yen is older",
        ),
        (currency, "AUS", "What is the currency of Australia?", "the dollar", "the US dollar"),
        (currency, "UGA", "What is the currency of Uganda?", "Ugandan shilling", "Kenyan shilling"),
        (currency, "DEU", "What is the currency of Germany?", "the German euro", "the mark"),
        (currency, "SLV", "What is the currency of El Salvador?", "US dollar", "the colón"),
        (currency, "CHL", "What is the currency of Chile?", "Chilean pesos", "the Mexican peso"),
        (currency, "SEN", "What is the currency of Senegal?", "CFA franc", "the Swiss franc"),
        (currency, "ECU", "What is the currency of Ecuador?", "U.S. dollars", "Ecuadorian dollar"),
        (language, "CHE", "What is an official language of Switzerland?", "Romansh", "Dutch"),
        (language, "IRN", "What is an official language of Iran?", "Farsi", "Arabic, not Farsi"),
        (continent, "PRY", "On which continent is Paraguay?", "South America", "North America"),
        (continent, "JAM", "On which continent is Jamaica?", "North America", "South America"),
        (continent, "KEN", "On which continent is Kenya?", "East Africa", "Kenya"),
        (border, "BOL", "Name a country that borders Bolivia.", "Peru", "Ecuador"),
        (border, "IND", "Name a country that borders India.", "Nepal", "Sri Lanka"),
        (border, "NLD", "Name a country that borders the Netherlands.", "Germany", "Holland"),
        (border, "EGY", "Name a country that borders Egypt.", "Sudan", "South Sudan"),
        (border, "VNM", "Name a country that borders Vietnam.", "China", "the South China Sea"),
        (
            all_borders,
            "MNG",
            "Name all the countries that border Mongolia.",
            "Russia, China",
            "PRC",
        ),
    ],
)
def test_a_known_fact(kind, code: str, text: str, right: str, wrong: str) -> None:
    question = kind(countries()[code])
    assert question.text == text
    assert is_right(right, question)
    assert not is_right(wrong, question)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (capital, "BOL"),  # two cities
        (capital, "SGP"),  # the question would give it away
        (capital, "GNB"),  # likewise: Bissau
        (continent, "TUR"),  # two continents
        (currency, "HRV"),  # changed lately
        (currency, "ZWE"),  # likewise
        (language, "LBN"),  # sources differ on French
        (language, "MYS"),  # the package has none
        (border, "JPN"),  # an island
        (all_borders, "CAN"),  # an islet in the ice
        (all_borders, "DEU"),  # nine
    ],
)
def test_no_question_without_a_sure_fact(kind, code: str) -> None:
    assert kind(countries()[code]) is None


def test_every_answer_is_right_and_no_question_answers_itself() -> None:
    for question in facts():
        assert all(is_right(f"It is {answer}.", question) for answer in question.answers), question
        assert not is_right(question.text, question), question
        assert not is_right("I cannot say.", question), question


def test_borders_are_mutual() -> None:
    pairs = {(c.code, b) for c in countries().values() for b in c.borders if b in countries()}
    assert pairs == {(b, a) for a, b in pairs}
    assert len(pairs) > 500


def test_states() -> None:
    codes = [country.code for country in states()]
    assert 170 < len(codes) < 195
    assert len(codes) == len(set(codes))
    assert codes[:3] == ["CHN", "IND", "USA"]
    assert not {"SCG", "PRI", "GUF", "HKG"} & set(codes)


@pytest.mark.parametrize("n", [5, 60, 63])
def test_kinds_are_balanced_and_take_turns(n: int) -> None:
    questions = facts(n)
    counts = Counter(question.kind for question in questions)
    assert len(questions) == n == len({question.id for question in questions})
    assert len(counts) == 5
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({question.kind for question in questions[:5]}) == 5


def test_great_and_small_countries_are_mixed() -> None:
    """Of 10 equal slices of countries by population, 10 capitals take one each."""
    pool = [q.text for country in states() if (q := capital(country))]
    ranks = sorted(pool.index(q.text) * 10 // len(pool) for q in facts(10, kinds=(capital,)))
    assert max(Counter(ranks).values()) <= 2  # a slice's edge falls between two tenths
    assert ranks[0] == 0
    assert ranks[-1] == 9


def test_the_order_does_not_go_by_population() -> None:
    """The first half of a list is no greater than the second: medians of the ranks are near."""
    pool = [q.text for country in states() if (q := capital(country))]
    ranks = [pool.index(q.text) for q in facts(100, kinds=(capital,), seed=3)]
    assert abs(median(ranks[:50]) - median(ranks[50:])) < len(pool) / 4


def test_same_seed_same_questions() -> None:
    first = [question.id for question in facts(40, seed=1)]
    assert first == [question.id for question in facts(40, seed=1)]
    assert first != [question.id for question in facts(40, seed=2)]


def test_all_kinds_at_once() -> None:
    every = facts(kinds=tuple(KINDS.values()))
    assert {question.kind for question in every} == set(KINDS)
    assert len({question.id for question in every}) == len(every) > 850


@pytest.mark.parametrize("n", [0, -1, 10_000])
def test_more_than_there_are(n: int) -> None:
    with pytest.raises(ValueError, match=r"n must be between 1 and \d+ .* got"):
        facts(n)


def test_an_id_depends_on_words_and_kind_alone() -> None:
    """First 12 digits of sha256 of "capital", a line break and the text, by another tool."""
    question = Question("What is the capital of Peru?", ("Lima",), "capital")
    assert question.id == "3e0aa6601dc6"
    assert question.id != Question("What is the capital of Peru?", ("Lima",)).id


def test_the_room_opens_without_the_packages_of_the_extra() -> None:
    code = (
        "import sys; sys.modules['countryinfo'] = sys.modules['pycountry'] = None\n"
        "import dubito.data as d\n"
        "from dubito.extras import MissingExtra\n"
        "assert not {'torch', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "d.arithmetic(3)\n"
        "try: d.facts(3)\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dubito[facts]" in done.stdout
