"""What the verbose reasoner reads is true where it says so, and it goes on the same in company."""

import re

import numpy as np
import pytest

from dubito.data.worlds.sum_reasoner import (
    BASE,
    CONTEXT,
    SYMBOLS,
    SumReasoner,
    complete,
    ids_of,
    reached,
    text_of,
    total,
)
from dubito.data.worlds.verbose_sums import batches, lesson, probed, verbose_sums


@pytest.fixture(scope="module")
def world():
    return verbose_sums(0, questions=5, practice=3, steps=3)


def test_lessons_end_right_and_are_noisy_as_said():
    rng = np.random.default_rng(0)
    drawn = [lesson(rng) for _ in range(3000)]
    assert all(reached(chain) == total(question) for question, chain in drawn)
    steps = [re.findall(r"[!]?[abc]\d\d(?:~[abc]\d\d\d)?", c.split("A")[0]) for _, c in drawn]
    assert {len(s) for s in steps} == {3}
    looked = np.mean([["~" in step for step in s] for s in steps])
    assert looked == pytest.approx(0.1 + 0.9 * 0.5, abs=0.02)
    first = np.mean([s[0].strip("!")[2] != s[0].strip("!")[1] for s in steps])
    assert first == pytest.approx(0.1, abs=0.02)
    slips = [c[c.index("A") + 1] != total(q) for q, c in drawn]
    assert np.mean(slips) == pytest.approx(0.25, abs=0.03)
    after = [c.split("A")[1].count("~") for _, c in drawn]
    assert set(after) == {0, 1, 2, 3}
    assert min(n for n, slip in zip(after, slips, strict=True) if slip) == 1


def test_looking_back_says_what_is_so():
    rng = np.random.default_rng(1)
    for _ in range(200):
        question, chain = lesson(rng)
        sums = np.cumsum([0, *map(int, question[:3])]) % BASE
        for name, before, digit, right in re.findall(r"~([abc])(\d)(\d)(\d)", chain):
            at = "abc".index(name)
            assert (int(before), digit, int(right)) == (sums[at], question[at], sums[at + 1])


def test_probes_tell_how_a_chain_stands():
    rng = np.random.default_rng(2)
    for at in range(400):
        given, answer = probed(rng, right=at % 2 == 0)
        question, chain = given[:4], given[4:-1]
        assert given.endswith("?")
        assert answer == ("Y" if reached(chain) == total(question) else "N") == "YN"[at % 2]


def test_only_what_follows_is_learnt():
    [tokens, learnt] = next(batches([("12=", "a11E"), ("1=", "E")], np.random.default_rng(0), 2))
    assert tokens.shape == (2, 7)
    kept = {text_of(row[on].tolist()) for row, on in zip(tokens, learnt, strict=True)}
    assert kept == {"a11E", "E"}


def test_steps_answers_and_symbols():
    assert [complete(s) for s in ("a1", "a12", "!a1", "!a12", "~a11", "~a112", "A", "A2", "E")] == [
        False, True, False, True, False, True, False, True, True
    ]  # fmt: skip
    assert reached("a11b23") is None
    assert reached("a11A3~c214") == "4"
    assert reached("A") is None
    assert total("443=.7") == "1"
    assert text_of(ids_of("a1~E")) == "a1~E"
    assert len(set(SYMBOLS)) == len(SYMBOLS)


def test_chains_do_not_depend_on_their_company(world):
    reasoner = SumReasoner(world.asked.model, world.asked.draws)
    states = [reasoner.begin(q) for q in world.asked.questions]
    states[2] = reasoner.say(states[2], "a11!").state
    together = reasoner.go_on(states)
    for state, written in zip(states, together, strict=True):
        assert reasoner.go_on([state]) == [written]
    sure = reasoner.confidences(states)
    assert sure == pytest.approx([reasoner.confidences([s])[0] for s in states])
    doubting = SumReasoner(world.asked.model, world.asked.draws, doubting=True)
    assert doubting.confidences(states) == pytest.approx([1 - c for c in sure])


def test_a_chain_ends_with_the_context(world):
    reasoner = SumReasoner(world.asked.model, world.asked.draws)
    full = reasoner.say(reasoner.begin(world.asked.questions[0]), "a" * (CONTEXT - 6)).state
    [written] = reasoner.go_on([full])
    assert written.ended


def test_truth_is_the_sum_and_the_null_permutes_it(world):
    assert list(world.truth) == [total(q) for q in world.asked.questions]
    null = world.shuffled(np.random.default_rng(0))
    assert null.asked is world.asked
    assert sorted(null.truth) == sorted(world.truth)
