"""Is this reply right? Worked cases, one for each rule."""

import pytest

from dubito.data import Question, declines, is_right

PERU = Question("What is the capital of Peru?", ("Lima",), rivals=("Quito", "Lima", "La Paz"))
MEXICO = Question("What is the capital of Mexico?", ("Mexico City",))
SINGAPORE = Question("What is the capital of Singapore?", ("Singapore",))
EITHER = Question("Is Lima or Cusco the capital of Peru?", ("Lima",))
WHERE = Question(
    "On which continent is South Africa?", ("Africa",), rivals=("Africa", "Asia", "South America")
)
EGYPT = Question(
    "Name a country that borders Egypt.",
    ("Sudan", "Libya"),
    rivals=("South Sudan", "Sudan", "Egypt", "Chad"),
)
YEN = Question(
    "What is the currency of Japan?", ("yen", "Japanese yen", "JPY"), rivals=("Chinese yen",)
)
ALL = Question(
    "Name all the countries that border Mongolia.",
    all_of=(("China", "PRC"), ("Russia",)),
    rivals=("China", "Russia", "Kazakhstan", "Mongolia"),
)


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (PERU, "The capital of Peru is Lima."),
        (PERU, "LIMA!"),
        (PERU, "Líma"),
        (PERU, "Lima, not Quito."),
        (PERU, "The capital is not Quito but Lima."),
        (PERU, "Good question. Let me see. It is Lima."),
        (MEXICO, "The capital of Mexico is Mexico City."),
        (SINGAPORE, "The capital of Singapore is Singapore."),
        (WHERE, "South Africa is in Africa."),
        (EGYPT, "Egypt borders Libya to the west, Chad further south."),
        (EGYPT, "Sudan or Libya"),
        (YEN, "The currency of Japan is the Japanese Yen (JPY). It is the official currency"),
        (YEN, "the yen, or Japanese yen"),
        (YEN, "Yens"),
        (EITHER, "The capital of Peru is Lima."),
        (ALL, "Russia and China."),
        (ALL, "the PRC or China, and Russia"),
        (ALL, "the PRC to the south, Russia to the north"),
    ],
)
def test_right(question: Question, reply: str) -> None:
    assert is_right(reply, question)


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (PERU, ""),
        (PERU, "Limassol"),
        (PERU, "The capital is not Lima."),
        (PERU, "It is not in Lima."),
        (PERU, "Lima or Cusco"),
        (PERU, "Cusco or Lima"),
        (PERU, "Quito. Lima is large too."),
        (PERU, "One. Two. Three. Lima."),  # the fourth sentence
        (MEXICO, "Mexico is a country."),
        (SINGAPORE, "The capital of Singapore is Raffles."),
        (WHERE, "South Africa is a country."),
        (WHERE, "South America"),
        (EGYPT, "South Sudan"),
        (EGYPT, "Chad and Sudan"),
        (EGYPT, "Egypt is large."),
        (YEN, "Chinese yen"),
        (EITHER, "It is Lima or Cusco."),
        (EITHER, "It is Cusco."),
        (ALL, "China"),
        (ALL, "China, Russia and Kazakhstan"),
        (ALL, ""),
    ],
)
def test_wrong(question: Question, reply: str) -> None:
    assert not is_right(reply, question)


@pytest.mark.parametrize(
    ("text", "answer", "reply", "right"),
    [
        ("What is 17 + 25?", "42", "17 + 25 = 42.", True),
        ("What is 17 + 25?", "42", "17 + 25 = 32.", False),
        ("What is 17 + 25?", "42", "42.0", True),
        ("What is 17 + 25?", "42.0", "42", True),
        ("What is 17 + 25?", "42", "forty-two", True),
        ("What is 17 + 25?", "42", "17 plus 25 is forty-two.", True),
        ("What is 17 + 25?", "42", "17 + 25 = 40 + 2 = 42", True),
        ("What is 17 + 25?", "42", "17 + 25 = 42 + 1 = 43", False),
        ("What is 17 + 25?", "42", "17 + 25 = ? It is 42.", True),
        ("What is 17 + 25?", "42", "It is 42, which is 25 more than 17.", True),
        ("What is 10 - 5?", "5", "10 - 5 = 4 + 1 = 5", True),
        ("What is 17 + 25?", "42", "It is 42. 43 would be too much.", True),
        ("What is 17 + 25?", "42", "Not 42 but 43.", False),  # the last number of the sentence
        ("What is 17 + 25?", "25", "17 + 25", False),  # a repetition is no answer
        ("What is 8 - 4?", "4", "8 - 4", False),
        ("What is 8 - 4?", "4", "4", True),
        ("What is 5 + 0?", "5", "5 + 0 = 5", True),
        ("What is 5 + 0?", "5", "The answer is 5.", True),
        ("What is 8 - 12?", "-4", "8 - 12 = -4", True),
        ("What is 8 - 12?", "-4", "8 - 12 = 4", False),
        ("What is 600 times 2?", "1200", "600 times 2 is 1,200", True),
        ("What is 84 divided by 7?", "12", "84 / 7 = 12 with a remainder of 0.", True),
        ("What is the remainder when 87 is divided by 7?", "3", "87 / 7 = 12 remainder 3", True),
        ("When did the war end?", "1945", "It ended on September 2, 1945.", True),
        ("When did the war end?", "1945", "In 1944 or 1945.", False),
        ("When did the war end?", "1945", "In 1944.", False),
        ("Who flew to the moon first?", "Apollo 11", "apollo 11", True),
        ("Who flew to the moon first?", "Apollo 11", "11", False),
        ("Which is larger, 9 or 11?", "eleven", "11 is larger than 9.", True),
    ],
)
def test_numbers_are_compared_as_numbers(text: str, answer: str, reply: str, right: bool) -> None:
    assert is_right(reply, Question(text, (answer,))) is right


@pytest.mark.parametrize(
    "reply",
    [
        "I don't know.",
        "I’m not sure what you are asking.",
        "There is no country called Valdoria.",
        "Valdoria does not exist.",
        "Which one do you mean?",
        "Could you clarify what you mean by it?",
    ],
)
def test_declining_is_right_where_there_is_no_answer(reply: str) -> None:
    question = Question("What is the capital of Valdoria?", answerable=False)
    assert declines(reply)
    assert is_right(reply, question)
    assert not is_right(reply, PERU)


def test_an_answer_is_wrong_where_there_is_none() -> None:
    question = Question("Name a country that borders Japan.", ("an island",), answerable=False)
    assert not is_right("Japan borders China.", question)
    assert not is_right("", question)
    assert is_right("Japan is an island, it has none.", question)


@pytest.mark.parametrize("name", ["St. George's", "D.C. United", "Dr. Faustus"])
def test_an_abbreviation_ends_no_sentence(name: str) -> None:
    """The name lies in the third sentence, the last that counts."""
    assert is_right(f"One. Two. It is {name}.", Question("Which?", (name,)))


def test_words_beside_numbers_are_matched_as_words() -> None:
    question = Question("How many?", ("3", "a few"))
    assert is_right("Only a few.", question)
    assert is_right("About 3.", question)
    assert not is_right("13", question)


def test_lines_are_sentences() -> None:
    assert is_right("Sure\n\n- Sudan\n- Chad", EGYPT)
    assert not is_right("a\nb\nc\nSudan", EGYPT)
