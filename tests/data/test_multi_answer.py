"""Questions with several right answers: exact sets, twins, and lists read from replies."""

from collections import Counter

import pytest

from dubito.data import DataError, Question, multi_answer
from dubito.data.listing import canonical, gold, listed, unmarked
from dubito.data.multi_answer import Twins, size, stratum
from dubito.data.normalise import normalise
from dubito.data.relations import (
    RELATIONS,
    asked,
    borders,
    by_letter,
    currencies,
    languages,
    prime_factors,
    primes_between,
)

TWINS = multi_answer(seed=0)


def one(relation, text: str) -> Question:
    return next(q for q in relation() if text in q.text)


@pytest.mark.parametrize(
    ("relation", "text", "right"),
    [
        (borders, "border Portugal.", {"spain"}),
        (borders, "border Mongolia.", {"china", "russia"}),
        (languages, "of Switzerland.", {"german", "french", "italian", "romansh"}),
        (currencies, "in Panama.", {"balboa", "us dollar"}),
        (prime_factors, "divide 84.", {"2", "3", "7"}),
        (prime_factors, "divide 121.", {"11"}),
        (primes_between, "between 20 and 30.", {"23", "29"}),
        (primes_between, "between 54 and 60.", {"59"}),
        (by_letter, "months that begin with the letter J", {"january", "june", "july"}),
        (by_letter, "planets of the solar system that begin with the letter E", {"earth"}),
    ],
)
def test_known_answer_sets(relation, text: str, right: set[str]) -> None:
    assert gold(one(relation, text)) == right


def test_the_ends_of_an_interval_are_no_primes() -> None:
    assert not any("between 11 " in q.text or "and 13." in q.text for q in primes_between())


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_name_stands_for_one_answer(relation) -> None:
    for question in list(relation())[:400]:
        names = canonical(question)  # raises where a name stands for two
        assert set(names.values()) == gold(question)
        assert len(gold(question)) == size(question)
        for group in question.all_of:
            for name in group:
                assert names[normalise(name)] == normalise(group[0])


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_answer_set_is_read_back_from_a_list(relation) -> None:
    for question in list(relation())[:400]:
        for names in ([g[0] for g in question.all_of], [g[-1] for g in question.all_of]):
            assert set(listed(", ".join(names), question)) == gold(question)
            lines = "\n".join(f"{i}. {name}" for i, name in enumerate(names, 1))
            assert set(listed(lines, question)) == gold(question)


def test_twins_share_the_relation_and_only_one_is_single() -> None:
    assert len(TWINS) == 200
    for pair in TWINS:
        assert size(pair.one) == 1
        assert size(pair.many) > 1
        assert pair.many.kind == pair.one.kind
        assert pair.many.text.split()[:3] == pair.one.text.split()[:3] == ["Name", "all", "the"]
    assert len({pair.many.text for pair in TWINS}) == 200


def test_relations_take_equal_parts_as_far_as_they_reach() -> None:
    kinds = Counter(pair.many.kind for pair in TWINS)
    assert kinds["borders"] == 46 or kinds["borders"] == kinds["primes between"] + 1
    assert kinds["currencies"] == sum(size(q) > 1 for q in currencies())


def test_all_strata_come() -> None:
    found = {stratum(pair.many) for pair in TWINS} | {stratum(pair.one) for pair in TWINS}
    assert found == {"1", "2-3", "4-9", "10+"}
    sizes = {1: "1", 2: "2-3", 3: "2-3", 4: "4-9", 9: "4-9", 10: "10+", 25: "10+"}
    for n, name in sizes.items():
        question = asked("Name all.", [(str(i + 2),) for i in range(n)], "")
        assert stratum(question) == name


def test_small_and_large_sets_are_mixed_evenly() -> None:
    """One question out of each of ten equal slices by size."""
    pool = sorted(size(q) for q in primes_between() if size(q) > 1)
    drawn = sorted(size(pair.many) for pair in multi_answer(10, relations=[primes_between]))
    edges = [i * len(pool) // 10 for i in range(11)]
    for i, n in enumerate(drawn):
        assert pool[edges[i]] <= n <= pool[edges[i + 1] - 1]


def test_same_seed_same_list() -> None:
    assert multi_answer(40, seed=3) == multi_answer(40, seed=3)
    assert multi_answer(40, seed=3) != multi_answer(40, seed=4)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="got 100000"):
        multi_answer(100_000)
    with pytest.raises(ValueError, match="got 0"):
        multi_answer(0)
    with pytest.raises(ValueError, match="twins"):
        Twins(TWINS[0].one, TWINS[0].many)
    with pytest.raises(DataError, match="all_of"):
        gold(Question("Which?", ("this",)))
    with pytest.raises(ValueError, match="all_of"):
        stratum(Question("Which?", ("this",)))
    with pytest.raises(DataError, match="names both"):
        canonical(Question("All?", all_of=(("a", "x"), ("b", "x"))))


def test_a_shared_name_is_left_out() -> None:
    question = asked("All?", [("US dollar", "dollar"), ("Kenyan dollar", "dollar")], "")
    assert question.all_of == (("US dollar",), ("Kenyan dollar",))


BOSNIA = Question(
    "Name all the countries that border Montenegro.",
    all_of=(("Croatia",), ("Bosnia and Herzegovina", "Bosnia"), ("Serbia",)),
    rivals=("Croatia", "Bosnia and Herzegovina", "Serbia", "Chad", "Montenegro"),
)
OPEN = Question("Name all the primary colours.", all_of=(("red",), ("yellow",), ("blue",)))


@pytest.mark.parametrize(
    ("question", "reply", "things"),
    [
        # aliases are one answer, a rival is another, order is kept
        (BOSNIA, "Chad, Bosnia, Serbia and Bosnia and Herzegovina.",
         ("chad", "bosnia and herzegovina", "serbia")),
        (BOSNIA, "1. Serbia\n2. Croatia", ("serbia", "croatia")),
        (OPEN, "- Red\n- the yellow\n- green", ("red", "yellow", "green")),
        (OPEN, "Blue; RED and blue", ("blue", "red")),
        (OPEN, "", ()),
        (one(primes_between, "between 8 and 14."), "The primes between 8 and 14 are 11 and 13.",
         ("11", "13")),
        (one(primes_between, "between 8 and 14."), "1. 11\n2. 13", ("11", "13")),
        (one(prime_factors, "divide 30."), "2, 3, 3, 5", ("2", "3", "5")),
    ],
)  # fmt: skip
def test_lists_are_read(question: Question, reply: str, things: tuple[str, ...]) -> None:
    assert listed(reply, question) == things


def test_marks_count_from_one() -> None:
    assert unmarked("1. a\n2) b\n* c") == "a\nb\nc"
    assert unmarked("2. 3. 5.") == "2. 3. 5."  # starts with 2: an answer
