"""Where units begin and end, what a model's listing gives, and which tokens belong where."""

import numpy as np
import pytest

from dubito.data.units import InUnits, Unit
from dubito.estimate.units import (
    UnitEntropy,
    UnitSurprise,
    claim_units,
    claims_request,
    clause_units,
    listed_claims,
    sentence_units,
    unit_tokens,
)
from dubito.evidence import Evidence, Missing, Sequence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One two", ["One two"]),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("It is 3.5 m. Then", ["It is 3.5 m.", "Then"]),
        ("Dr. Smith met J. K. Rowling. She left.", ["Dr. Smith met J. K. Rowling.", "She left."]),
        ("The U.S. Army, e.g. here. Yes.", ["The U.S. Army, e.g. here.", "Yes."]),
        ("1. Lima is old.\n2. Cusco\n", ["1. Lima is old.", "2. Cusco"]),
        ("It has 3 of 7. Then 2.", ["It has 3 of 7.", "Then 2."]),
        ("Intro\n\n---\n- one", ["Intro", "- one"]),
        ("东京。 大阪。", ["东京。", "大阪。"]),
        ("", []),
        (" ... ", []),
    ],
)
def test_sentences(text, expected):
    units = sentence_units(text)
    assert [u.text for u in units] == expected
    assert all(text[u.start : u.end] == u.text for u in units)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lima is old and Cusco is older.", ["Lima is old", "Cusco is older."]),
        ("Lima is old and large.", ["Lima is old and large."]),
        ("Lima is old and has a port.", ["Lima is old and has a port."]),
        ("Peru and Chile are states.", ["Peru and Chile are states."]),
        ("Lima; a city.", ["Lima", "a city."]),
        ("A is b, and C wrote d; E.", ["A is b", "C wrote d", "E."]),
        ("He settled in Peru and she moved on.", ["He settled in Peru", "she moved on."]),
    ],
)
def test_clauses(text, expected):
    units = clause_units("So. " + text)[1:]
    assert [u.text for u in units] == expected
    assert all(("So. " + text)[u.start : u.end] == u.text for u in units)


def test_listed_claims():
    reply = "Facts:\n1. Lima is in Peru.\n2. Lima is old.\n- Lima is old.\n\n***\n"
    assert listed_claims(reply) == ["Lima is in Peru.", "Lima is old."]
    assert listed_claims("NONE.") == listed_claims("none\n") == listed_claims("") == []


def test_claims_are_asked_for_by_sentence():
    asked = []

    def ask(request: str) -> str:
        asked.append(request)
        return "- a\n- b" if "Lima" in request else "NONE"

    units = claim_units("Hello! Lima is it.", ask, question="Where?")
    assert units == [Unit("a", 7, 18), Unit("b", 7, 18)]
    assert len(asked) == 2
    assert "Lima is it." in asked[1]
    assert "Hello" not in asked[1]
    assert "Where?" in asked[1]
    assert "answer to" not in claims_request("Lima is it.")


# Tokens "Hi", ".", " So", " it", " is", "." and the end token; units are [0, 3) and [4, 13).
ANSWER = Sequence(
    "Hi. So it is.",
    offsets=np.array([(0, 2), (2, 3), (3, 6), (6, 9), (9, 12), (12, 13), (13, 13)]),
    logprobs=-np.array([1.0, 3.0, 2.0, 4.0, 6.0, 0.0, 9.0]),
    entropies=np.array([1.0, 2.0, 1.0, 1.0, 1.0, 5.0, 9.0]),
)


def told(units=None) -> InUnits:
    return InUnits(Evidence("?", ANSWER), tuple(units or sentence_units(ANSWER.text)))


def test_a_token_belongs_where_its_word_begins():
    """The blank before " So" lies between the units; the end token belongs to none."""
    member = unit_tokens(ANSWER, told().units)
    assert member.astype(int).tolist() == [[1, 1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 0]]
    assert unit_tokens(ANSWER, ()).shape == (0, 7)


def test_units_without_blanks_between_them():
    """Two sentences of a character and a mark each: a token at the end of one opens the next."""
    answer = Sequence("是。否。", offsets=np.array([(0, 1), (1, 2), (2, 3), (3, 4)]))
    member = unit_tokens(answer, sentence_units(answer.text))
    assert member.astype(int).tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]


def test_pooled_surprise_and_entropy():
    """(1 + 3) / 2 and (2 + 4 + 6 + 0) / 4; maxima 3 and 6. Entropies: 3/2, 8/4; 2, 5."""
    assert UnitSurprise()(told()).tolist() == [2, 3]
    assert UnitSurprise(pool=np.max)(told()).tolist() == [3, 6]
    assert UnitEntropy()(told()).tolist() == [1.5, 2]
    assert UnitEntropy(pool=np.max)(told()).tolist() == [2, 5]


def test_what_cannot_be_measured():
    nowhere = told([Unit("x", 13, 14), Unit("Hi.", 0, 3)])
    got = UnitSurprise()(nowhere)
    assert np.isnan(got[0])
    assert got[1] == 2
    bare = InUnits(Evidence("?", Sequence("Hi.", logprobs=np.zeros(1))), (Unit("Hi.", 0, 3),))
    with pytest.raises(Missing, match="offsets"):
        UnitSurprise()(bare)
    with pytest.raises(Missing, match="entropies"):
        UnitEntropy()(bare)
