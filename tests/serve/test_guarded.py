"""A guard behind the door: what it decides is carried out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi")

from dubito.guard import Abstain, Escalate, Guard, Retrieve
from dubito.serve.app import make_app
from dubito.serve.guarded import Guarded
from dubito.serve.settings import Settings
from scripted import Scripted, passage, puzzle
from serve.running import running

KNOWN = [puzzle(i) for i in range(200)]
PASSAGES = [passage(i) for i in range(500)]
NAMES = ("perplexity", "lexical-similarity")


@pytest.fixture(scope="module")
def guard() -> Guard:
    """Retrieves, then escalates to a model that knows all, then abstains."""
    larger = Scripted(1.0, name="larger", seed=5)
    some = PASSAGES[::2]
    policy = (Retrieve(some, budget=0.9), Escalate(larger, budget=0.3, samples=0), Abstain())
    return Guard(Scripted(0.4), policy, names=NAMES, samples=4).fit(KNOWN)


@pytest.fixture(scope="module")
def url(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("records") / "records.db"
    settings = Settings(records=f"sqlite:///{file}")
    with running(make_app(lambda: Guarded(guard), settings)) as address:
        yield address


def ask(url: str, question: str, **more: object) -> httpx.Response:
    sent = {"messages": [{"role": "user", "content": question}], **more}
    return httpx.post(f"{url}/v1/chat/completions", json=sent, timeout=20)


def test_actions_are_carried_out(url: str, guard: Guard) -> None:
    """What the guard says to forty fresh questions is what clients get, one by one and together."""
    questions = [puzzle(i).text for i in range(300, 340)]
    expected = guard.answers(questions)
    with ThreadPoolExecutor(8) as pool:
        got = [r.json() for r in pool.map(lambda q: ask(url, q), questions)]
    assert {a.action for a in expected} == {"answer", "retrieve", "escalate", "abstain"}
    for ours, theirs in zip(got, expected, strict=True):
        assert ours["choices"][0]["message"]["content"] == theirs.text
        assert ours["dubito"]["action"] == theirs.action
        assert ours["dubito"]["reasons"] == list(theirs.reasons)
        assert ours["dubito"]["confidence"] == pytest.approx(theirs.confidence)
        assert ours["dubito"]["cost"]["escalations"] == theirs.cost.escalations


def test_a_stream_tells_the_decision_at_its_end(url: str) -> None:
    sent = {"messages": [{"role": "user", "content": puzzle(301).text}], "stream": True}
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=sent, timeout=20) as stream:
        lines = [line for line in stream.iter_lines() if line]
    assert len(lines) == 4  # the text, its end, our object, [DONE]
    assert '"action"' in lines[2]


def test_conversations_and_options_are_refused(url: str) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
    many = httpx.post(f"{url}/v1/chat/completions", json={"messages": turns})
    assert many.status_code == 400
    assert "single questions" in many.json()["error"]["message"]
    fixed = ask(url, puzzle(3).text, dubito={"samples": 2})
    assert fixed.status_code == 400
    assert "fixed when it is fitted" in fixed.json()["error"]["message"]
    assert ask(url, " ").status_code == 400


def test_one_question_that_breaks_spoils_no_other(url: str) -> None:
    """The scripted model reads a number; a question without one raises ValueError in it."""
    with ThreadPoolExecutor(6) as pool:
        questions = [puzzle(i).text for i in range(310, 315)] + ["What is no thing?"]
        found = list(pool.map(lambda q: ask(url, q).status_code, questions))
    assert found == [200] * 5 + [400]


def test_a_guard_that_knows_nothing_yet_is_refused() -> None:
    with pytest.raises(ValueError, match="call fit"):
        Guarded(Guard(Scripted(), names=NAMES))
