"""An engine that questions join at any time: the same answers as asked alone."""

import itertools
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.continuous import Continuous, Wanted
from dubito.models.decoding import Decoder
from dubito.models.jobs import Job
from dubito.models.local import LocalModel
from models.tiny import decoded, jobs_of, random_prompts, tiny_local, tiny_model, tiny_tokenizer

PLAN = Plan(samples=2, logprobs=True, distribution=True)
SHORT = Generation(max_tokens=12, instruction="")
QUESTIONS = ["Who is it?", "What?", "Where does the long river end that begins here?", "Why not?"]


@pytest.fixture(scope="module")
def local() -> LocalModel:
    return tiny_local(tiny_tokenizer())


def wanted(local: LocalModel, question: str, plan: Plan = PLAN, **more: object) -> Wanted:
    return Wanted(question, local.chat.ids(question), plan, SHORT, **more)  # type: ignore[arg-type]


def test_jobs_that_join_later_decode_as_alone() -> None:
    """One more job every third step; each row is what it is in a batch of its own."""
    model, prompts = tiny_model(300), random_prompts((5, 40, 2, 17))
    decoder = Decoder(model, frozenset(range(0, 300, 12)), rows=5, distribution=True)
    jobs = jobs_of(prompts, samples=2, length=20)
    alone = {(j, row): t for j in range(4) for (_, row), t in decoded(decoder, [jobs[j]]).items()}
    steps, left = 0, list(enumerate(jobs))

    def feed() -> list[tuple[int, Job]]:
        nonlocal steps
        steps += 1
        return [left.pop(0)] if left and steps % 3 == 1 else []

    together = {(j, row): t for j, row, t in decoder.decode([], feed=feed)}
    assert together.keys() == alone.keys()
    for key, trace in together.items():
        np.testing.assert_array_equal(trace.ids, alone[key].ids)
        np.testing.assert_allclose(trace.logprobs, alone[key].logprobs, atol=1e-4)


def test_answers_are_those_of_generate(local: LocalModel) -> None:
    expected = dict(local.generate(QUESTIONS, PLAN, SHORT))
    engine = Continuous(local)
    asked = [engine.ask(wanted(local, q)) for q in QUESTIONS]
    engine.close()
    for i, future in enumerate(asked):
        got, alone = future.result(timeout=0), expected[i]
        assert got.prompt == QUESTIONS[i]
        assert got.answer.text == alone.answer.text
        assert [s.text for s in got.samples] == [s.text for s in alone.samples]
        np.testing.assert_allclose(got.answer.entropies, alone.answer.entropies, atol=1e-4)


def test_kinds_take_turns_and_stated_confidence_is_asked(local: LocalModel) -> None:
    engine = Continuous(local)
    plans = [PLAN, replace(PLAN, stated=True, p_true=True), replace(PLAN, samples=0)]
    asked = [engine.ask(wanted(local, "Who is it?", plan)) for plan in (*plans, *plans)]
    engine.close()
    found = [future.result(timeout=0) for future in asked]
    assert [len(e.samples) for e in found] == [2, 2, 0, 2, 2, 0]
    assert found[1].p_true is not None
    assert found[0].p_true is None
    assert len({e.answer.text for e in found}) == 1


def test_the_answer_is_told_as_it_is_written(local: LocalModel) -> None:
    heard: list[str] = []
    engine = Continuous(local)
    done = engine.ask(wanted(local, "Where?", written=heard.append))
    engine.close()
    answer = done.result(timeout=0).answer
    assert len(heard) == len(answer.tokens)
    assert heard[-1].startswith(answer.text)
    assert all(
        later.startswith(earlier.rstrip("\N{REPLACEMENT CHARACTER}"))
        for earlier, later in itertools.pairwise(heard)
    )


def test_one_that_is_cancelled_while_it_waits_is_left_out(local: LocalModel) -> None:
    engine, go = Continuous(local), Event()
    first = engine.ask(wanted(local, "Who?", written=lambda _: go.wait(5)))
    other = engine.ask(wanted(local, "What?", replace(PLAN, samples=0)))
    assert other.cancel()
    go.set()
    engine.close()
    assert first.result(timeout=0).answer.tokens
    with pytest.raises(CancelledError):
        other.result(timeout=0)


def test_who_leaves_is_not_decoded_for_any_more(local: LocalModel) -> None:
    """Gone after the second token: the answer ends there, and the other is what it would be."""
    engine, heard = Continuous(local), []
    plan, long = replace(PLAN, samples=0), replace(SHORT, max_tokens=40)
    question = QUESTIONS[2]
    gone = Wanted(question, local.chat.ids(question), plan, long, written=lambda t: leave(t))

    def leave(text: str) -> None:
        heard.append(text)
        if len(heard) == 2:
            gone.left.set()

    done, other = engine.ask(gone), engine.ask(wanted(local, "Why not?", plan))
    engine.close()
    assert len(heard) == 2
    with pytest.raises(CancelledError):
        done.result(timeout=0)
    (_, alone), *_ = local.generate(["Why not?"], plan, SHORT)
    assert other.result(timeout=0).answer.text == alone.answer.text


def test_stated_confidence_is_asked_while_others_keep_coming(local: LocalModel) -> None:
    """Replies do not wait for a moment without answers on their way, which never comes."""
    plan, engine = replace(PLAN, samples=0, stated=True), Continuous(local)
    asked = [engine.ask(wanted(local, "Who is it?", plan))]

    def another() -> Callable[[str], None]:
        """At its first token each asks for one more, as long as the first is not answered."""
        begun: list[str] = []

        def hear(text: str) -> None:
            begun.append(text)
            if len(begun) == 1 and len(asked) < 60 and not asked[0].done():
                asked.append(engine.ask(wanted(local, "Who is it?", plan, written=another())))

        return hear

    asked.append(engine.ask(wanted(local, "Who is it?", plan, written=another())))
    asked[0].result(timeout=20)
    assert len(asked) < 60
    engine.close()


def test_what_fails_before_anything_is_decoded_is_told(
    local: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no decoder")

    monkeypatch.setattr(LocalModel, "decoder", broken)
    engine = Continuous(local)
    with pytest.raises(ZeroDivisionError):
        engine.ask(wanted(local, "Who?")).result(timeout=10)
    engine.close()


def test_what_goes_wrong_is_told_and_the_next_is_answered(local: LocalModel) -> None:
    def breaks(_: str) -> None:
        raise ZeroDivisionError("a listener that breaks")

    engine = Continuous(local)
    broken = engine.ask(wanted(local, "Who?", written=breaks))
    with pytest.raises(ZeroDivisionError):
        broken.result(timeout=10)
    assert engine.ask(wanted(local, "Who?")).result(timeout=10).answer.tokens
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.ask(wanted(local, "Who?"))


def test_what_does_not_fit_is_refused_at_once(local: LocalModel) -> None:
    engine = Continuous(local)
    with pytest.raises(ValueError, match="exceed the context"):
        engine.ask(wanted(local, "why " * 300))
    engine.close()
