"""Answers that end before a string: text, tokens and what is measured of them."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Answer
from dubito.models.base import Generation
from dubito.models.continuous import Continuous, Wanted
from dubito.models.jobs import REPLY, Running
from dubito.models.local import LocalModel
from dubito.models.stopping import clipped, near_end, showable, stop_at, tokens_before
from models.tiny import tiny_local, tiny_tokenizer

PLAN = Plan(samples=2, logprobs=True, distribution=True, top_k=3)
LONG = Generation(max_tokens=30, instruction="")
WHO = "Who is it?"  # its answer has "False" as one token, then " False", and "\n" as one byte


@pytest.fixture(scope="module")
def local() -> LocalModel:
    return tiny_local(tiny_tokenizer())


def asked(local: LocalModel, *stop: str, plan: Plan = PLAN, longest: int = 30) -> Evidence:
    engine = Continuous(local)
    generation = replace(LONG, max_tokens=longest)
    done = engine.ask(Wanted(WHO, local.chat.ids(WHO), plan, generation, stop=stop))
    engine.close()
    return done.result(timeout=0)


@pytest.mark.parametrize(
    ("text", "stops", "at"),
    [
        ("Lima. Q: x", ("Q:",), 6),
        ("Lima", ("Q:",), None),
        ("abcd", ("bcd", "c"), 2),  # "c" is complete one character before "bcd"
        ("abcd", ("d", "bcd"), 1),  # both at the end: the longer
        ("xaxa", ("xa",), 0),
        ("", ("a",), None),
        ("a", (), None),
    ],
)
def test_a_stop_begins_where_the_first_complete_one_does(
    text: str, stops: tuple[str, ...], at: int | None
) -> None:
    assert stop_at(text, stops) == at


@pytest.mark.parametrize(
    ("text", "stops", "shown"),
    [
        ("Lima\n", ("\n\nQ",), "Lima"),
        ("Lima\n\n", ("\n\nQ",), "Lima"),
        ("Lima\n\n\n", ("\n\nQ",), "Lima\n"),
        ("Lima\n\nA", ("\n\nQ",), "Lima\n\nA"),
        ("Lima\n\nQ: ", ("\n\nQ",), "Lima"),
        ("ab", ("abab", "bc"), ""),  # the longest that could begin one
        ("\n", ("\n\n",), ""),
        ("Lima", (), "Lima"),
    ],
)
def test_what_could_begin_a_stop_is_held_back(
    text: str, stops: tuple[str, ...], shown: str
) -> None:
    assert showable(text, stops) == shown


@given(
    text=st.text("ab", max_size=12),
    stops=st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4),
)
def test_nothing_is_shown_that_has_to_be_taken_back(text: str, stops: list[str]) -> None:
    """Letter by letter what is shown only grows, and ends as the text before the stop."""
    at = stop_at(text, stops)
    shown = [showable(text[:n], stops) for n in range(len(text) + 1)]
    for earlier, later in pairwise(shown):
        assert later.startswith(earlier)
    whole = text if at is None else text[:at]
    assert whole.startswith(shown[-1])
    assert at is None or shown[-1] == whole


def test_tokens_and_text_of_a_clipped_answer() -> None:
    """ "Li", "ma.", "\\nQ": cut before "." the second token keeps "ma"; before all, the first."""
    offsets = np.array([[0, 2], [2, 5], [5, 7], [7, 7]])
    whole = Answer("Lima.\nQ", ("Li", "ma.", "\nQ", "<end>"), offsets, finished=False)
    assert [tokens_before(whole, at) for at in (0, 1, 2, 3, 5, 6, 7)] == [1, 1, 1, 2, 2, 3, 3]
    two = replace(whole, text="Lima.", tokens=whole.tokens[:2], offsets=offsets[:2])
    cut = clipped(two, 4)
    assert (cut.text, cut.tokens, cut.finished) == ("Lima", ("Li", "ma"), True)
    assert cut.offsets.tolist() == [[0, 2], [2, 4]]
    none = clipped(replace(two, text="Li", tokens=("Li",), offsets=offsets[:1]), 0)
    assert (none.text, none.tokens) == ("", ("Li",))
    assert none.offsets.tolist() == [[0, 0]]
    assert clipped(whole, None) is whole


def test_the_last_tokens_hold_any_stop() -> None:
    """A stop of 3 characters takes at most 12 tokens; 8 more are looked at."""
    assert list(near_end(range(100), ("a", "abc"))) == list(range(80, 100))
    assert list(near_end(range(5), ("abc",))) == list(range(5))


@pytest.mark.parametrize("stop", ["False", "alse", "M", "\n", " False", "Ć"])
def test_the_doubt_is_of_the_tokens_before_the_stop(local: LocalModel, stop: str) -> None:
    """All numbers are those of the same tokens of the answer that nothing stops."""
    whole, cut = asked(local).answer, asked(local, stop).answer
    at = whole.text.index(stop)
    count = int((whole.offsets[:, 0] < at).sum())
    assert (cut.text, cut.finished) == (whole.text[:at], True)
    assert "".join(cut.tokens) == cut.text
    assert len(cut.tokens) == count < len(whole.tokens)
    for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi"):
        np.testing.assert_allclose(getattr(cut, name), getattr(whole, name)[:count], atol=1e-4)
    np.testing.assert_array_equal(cut.top.ids, whole.top.ids[:count])
    np.testing.assert_allclose(cut.top.logprobs, whole.top.logprobs[:count], atol=1e-4)


def test_an_answer_that_begins_with_a_stop_is_empty_and_has_its_doubt(local: LocalModel) -> None:
    whole = asked(local).answer
    cut = asked(local, whole.text[0]).answer
    assert (cut.text, cut.finished, len(cut.tokens)) == ("", True, 1)
    np.testing.assert_allclose(cut.logprobs, whole.logprobs[:1], atol=1e-4)


def test_samples_end_as_the_answer_does(local: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sample writes "[", the others do not: its row ends there, theirs go on.

    "[" is one token: that row has got one token more than is left of it.
    """
    steps: Counter[int] = Counter()
    tell = Continuous.tell

    def counted(engine: Continuous, wanted: Wanted, row: Running) -> None:
        steps[row.row] += 1
        tell(engine, wanted, row)

    monkeypatch.setattr(Continuous, "tell", counted)
    whole = asked(local)
    assert ["[" in s.text for s in (whole.answer, *whole.samples)] == [False, True, False]
    steps.clear()
    cut = asked(local, "[")
    first, second = cut.samples
    assert first.text == whole.samples[0].text.partition("[")[0]
    assert first.finished
    assert steps[1] == len(first.tokens) + 1 < len(whole.samples[0].tokens)
    assert (second.text, cut.answer.text) == (whole.samples[1].text, whole.answer.text)
    assert steps[0] == len(whole.answer.tokens)


def test_what_is_asked_of_a_stopped_answer_is_asked_of_it_without_the_stop(
    local: LocalModel,
) -> None:
    """As of an answer that ends with the same token because it may not be longer."""
    depths = (0.0, 1.0)
    plan = Plan(
        logprobs=True, p_true=True, stated=True, unconditional=True, hidden=depths, attention=(1.0,)
    )
    cut = asked(local, "Ć", plan=plan)
    short = asked(local, plan=plan, longest=len(cut.answer.tokens))
    assert cut.answer.text == short.answer.text
    assert (cut.answer.finished, short.answer.finished) == (True, False)
    assert cut.p_true == pytest.approx(short.p_true, abs=1e-4)
    assert cut.stated == short.stated
    for name in ("unconditional", "logprobs"):
        ours, theirs = getattr(cut.answer, name), getattr(short.answer, name)
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    for name in ("hidden", "attention"):
        ours, theirs = getattr(cut.answer, name).values, getattr(short.answer, name).values
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_the_confidence_that_it_states_follows_on_the_answer_without_the_stop(
    local: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is read after the last token that is left, and after the cache before that."""
    read: list[tuple[list[int], int]] = []
    follow = LocalModel.follow

    def spied(model: LocalModel, plan: Plan) -> object:
        usual = follow(model, plan)
        if usual is None:
            return None

        def noted(job: int, answer: object) -> object:
            made = usual(job, answer)
            read.append((made.ids, made.past.seen.shape[1]))
            return made

        return noted

    monkeypatch.setattr(LocalModel, "follow", spied)
    plan = Plan(logprobs=True, stated=True)
    cut = asked(local, "Ć", plan=plan)
    asked(local, plan=plan, longest=len(cut.answer.tokens))
    assert read[0] == read[1]


def test_who_names_no_stop_is_not_stopped_beside_one_who_does(local: LocalModel) -> None:
    engine, ids = Continuous(local), local.chat.ids(WHO)
    free = engine.ask(Wanted(WHO, ids, PLAN, LONG))
    held = engine.ask(Wanted(WHO, ids, PLAN, LONG, stop=("False",)))
    engine.close()
    whole, cut = free.result(timeout=0).answer, held.result(timeout=0).answer
    assert whole.text.startswith(cut.text + "False")


@pytest.mark.parametrize(("number", "ends"), [(0, True), (1, True), (REPLY, False)])
def test_a_reply_on_the_answer_is_not_stopped(
    local: LocalModel, number: int, *, ends: bool
) -> None:
    """The stops are of the answer (row 0) and its samples, not of what is asked about it."""
    ids = local.tokenizer("ab.", add_special_tokens=False).input_ids
    row = Running(0, number, np.zeros(9, dtype=np.float32), numbers=[(float(i),) for i in ids])
    engine = Continuous(local)
    engine.tell(Wanted(WHO, [1], PLAN, LONG, stop=(".",)), row)
    engine.close()
    assert row.last == (frozenset(ids[-1:]) if ends else frozenset())


def test_half_a_character_at_the_beginning_of_the_end_is_no_stop(local: LocalModel) -> None:
    """The last 12 tokens begin amid the two bytes of "é": they alone would write U+FFFD."""
    stop = "\N{REPLACEMENT CHARACTER}"
    ids = local.tokenizer("aé" + "b" * 11, add_special_tokens=False).input_ids
    row = Running(0, 0, np.zeros(20, dtype=np.float32), numbers=[(float(i),) for i in ids])
    engine = Continuous(local)
    assert engine.stopped(near_end(ids, (stop,)), (stop,))
    engine.tell(Wanted(WHO, [1], PLAN, LONG, stop=(stop,)), row)
    engine.close()
    assert not row.last
