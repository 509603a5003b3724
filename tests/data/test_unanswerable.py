"""Questions that nobody can answer."""

from collections import Counter
from random import Random

import pytest

from dubito.data import ambiguous, facts, is_right, unanswerable
from dubito.data.countries import countries, states
from dubito.data.unanswerable import ENDS, MIDDLES, STEMS, invented, island, namesake


@pytest.mark.parametrize("make", [unanswerable, ambiguous])
def test_declining_is_the_only_right_reply(make) -> None:
    for question in make(30, seed=2):
        assert not question.answerable
        assert question.reason
        assert is_right("I don't know.", question)
        assert not is_right("It is Lima.", question)
        assert not is_right(question.text, question)


def test_rules_take_turns() -> None:
    counts = Counter(question.kind for question in unanswerable(30))
    assert set(counts) == {"invented", "island", "future"}
    assert min(counts.values()) >= 8
    assert {question.kind for question in ambiguous(20)} == {"namesake", "pronoun"}


def test_no_invented_country_exists() -> None:
    real = {name.lower() for c in countries().values() for name in (*c.names, *c.adjectives)}
    made = {(a + b + c).lower() for a in STEMS for b in MIDDLES for c in ENDS}
    assert len(made) > 300
    assert not made & real


def test_an_island_has_no_neighbour() -> None:
    """It is asked about only where no question about a real neighbour exists."""
    with_neighbour = {q.text for q in facts() if q.kind == "border"}
    questions = unanswerable(30, rules=(island,))
    assert not with_neighbour & {question.text for question in questions}
    assert is_right("It is an island and has no land borders.", questions[0])
    many = " ".join(island(Random(seed)).text for seed in range(400))
    assert "Iceland" in many
    assert not any(name in many for name in ("Cyprus", "Bahrain", "Cuba"))  # not beyond dispute
    lonely = {c.spoken for c in states() if not c.borders}
    assert all(any(name in question.text for name in lonely) for question in questions)


def test_same_seed_same_questions() -> None:
    assert unanswerable(20, seed=1) == unanswerable(20, seed=1)
    assert unanswerable(20, seed=1) != unanswerable(20, seed=2)
    assert len({question.id for question in unanswerable(100)}) == 100


def test_a_rule_runs_dry() -> None:
    with pytest.raises(ValueError, match="n must be from 1 to about"):
        ambiguous(500, rules=(namesake,))
    with pytest.raises(ValueError, match="got 0"):
        unanswerable(0, rules=(invented,))
