"""What a request to a local model or a guard may ask: stops and usage are heeded, the rest said."""

import json
from collections.abc import Iterator

import httpx
import pytest

pytest.importorskip("fastapi")

from dubito.guard import Abstain, Guard
from dubito.models.collect import Collector
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter
from dubito.serve.guarded import Guarded
from dubito.serve.local import Local
from dubito.serve.settings import Settings
from models.tiny import tiny_local, tiny_tokenizer
from scripted import Scripted, puzzle
from serve.running import running

WHO, PUZZLE = "Who is it?", puzzle(100).text
ONLY = Settings(records=None)


@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    model = tiny_local(tiny_tokenizer())
    doubter = Doubter(("perplexity", "lexical-similarity"), samples=2, meaning=Collector())
    with running(make_app(lambda: Local(model, doubter), ONLY)) as address:
        yield address


@pytest.fixture(scope="module")
def guard() -> Iterator[str]:
    made = Guard(Scripted(0.5), [Abstain(risk=0.2)], names=("perplexity",), samples=4)
    made.fit([puzzle(i) for i in range(60)])
    with running(make_app(lambda: Guarded(made), ONLY)) as address:
        yield address


def ask(url: str, question: str = WHO, **more: object) -> httpx.Response:
    sent = {"messages": [{"role": "user", "content": question}], "max_tokens": 26, **more}
    return httpx.post(f"{url}/v1/chat/completions", json=sent, timeout=20)


def said(url: str, **more: object) -> tuple[str, dict]:
    told = ask(url, **more).json()
    return told["choices"][0]["message"]["content"], told


def pieces(url: str, question: str = WHO, **more: object) -> list[dict]:
    data = [line[6:] for line in ask(url, question, stream=True, **more).text.split("\n\n") if line]
    assert data.pop() == "[DONE]"
    return [json.loads(piece) for piece in data]


def text_of(found: list[dict]) -> str:
    return "".join(c["delta"].get("content", "") for p in found for c in p["choices"])


@pytest.mark.parametrize("stop", ["False", "alse", "Ć\ufffd F", ["nowhere", "False", "Ć"]])
def test_an_answer_ends_before_its_stop(local: str, stop: str | list[str]) -> None:
    """Whole and in pieces: the same text, its own doubt, and the reason of a natural end."""
    first = stop if isinstance(stop, str) else "False"
    whole, _ = said(local)
    cut, told = said(local, stop=stop, dubito={"tokens": True})
    assert cut == whole[: whole.index(first)].strip()
    assert told["choices"][0]["finish_reason"] == "stop"
    tokens = told["dubito"]["tokens"]
    assert "".join(t for t, _ in tokens).strip() == cut
    mean = sum(doubt for _, doubt in tokens) / len(tokens)
    assert told["dubito"]["doubt"]["perplexity"]["value"] == pytest.approx(mean, abs=1e-6)
    assert told["usage"]["completion_tokens"] == len(tokens) < 26
    streamed = pieces(local, stop=stop)
    assert text_of(streamed).strip() == cut
    assert streamed[-2]["choices"][0]["finish_reason"] == "stop"
    assert streamed[-1]["dubito"]["doubt"]["perplexity"]["value"] == pytest.approx(mean, abs=1e-4)


def test_what_only_begins_as_a_stop_is_sent_at_last(local: str) -> None:
    """The answer ends with "n,": held back as the beginning of "n,x", and sent all the same."""
    whole, _ = said(local)
    assert whole.endswith("n,")
    streamed = pieces(local, stop=["n,x"])
    assert text_of(streamed).strip() == whole


def test_a_stop_in_plain_completions(local: str) -> None:
    sent = {"prompt": "Once upon", "max_tokens": 20}
    url = f"{local}/v1/completions"
    whole = httpx.post(url, json=sent, timeout=20).json()["choices"][0]
    stop = whole["text"][len(whole["text"]) // 2]
    cut = httpx.post(url, json=sent | {"stop": [stop]}, timeout=20).json()["choices"][0]
    assert cut["text"] == whole["text"].partition(stop)[0].strip()
    assert cut["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("stop", "words"), [(list("abcde"), "at most 4"), (["a", ""], "empty string")]
)
def test_stops_that_cannot_be_heeded(local: str, stop: list[str], words: str) -> None:
    for more in ({}, {"stream": True}):
        refused = ask(local, stop=stop, **more)
        assert refused.status_code == 400
        assert words in refused.json()["error"]["message"]
    assert ask(local, stop=[1]).status_code == 422


REFUSED = {
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "required",
    "functions": [{"name": "f"}],
    "function_call": {"name": "f"},
    "response_format": {"type": "json_object"},
    "modalities": ["text", "audio"],
    "web_search_options": {},
    "logit_bias": {"50256": -100},
    "frequency_penalty": 0.5,
    "presence_penalty": -1,
    "reasoning_effort": "high",
    "verbosity": "low",
    "best_of": 3,
    "echo": True,
    "suffix": ".",
}


@pytest.mark.parametrize("field", REFUSED)
def test_what_would_change_the_answer_is_refused(local: str, guard: str, field: str) -> None:
    for url, question in ((local, WHO), (guard, PUZZLE)):
        for stream in (False, True):
            refused = ask(url, question, stream=stream, **{field: REFUSED[field]})
            assert refused.status_code == 400
            told = refused.json()["error"]
            assert told["message"].startswith(f"{field}: ")
            assert "upstream" in told["message"]
            assert told["type"] == "invalid_request_error"


DEFAULTS = {
    "bare": {},
    "nulls": dict.fromkeys([*REFUSED, "stop", "n", "seed", "stream_options", "user"]),
    "harmless under greedy decoding": {"temperature": 0.7, "top_p": 0.9, "seed": 7},
    "what old clients spell out": {
        "n": 1,
        "best_of": 1,
        "top_p": 1,
        "frequency_penalty": 0.0,
        "presence_penalty": 0,
        "logit_bias": {},
        "stop": [],
        "echo": False,
        "suffix": "",
    },
    "empty tools": {"tools": [], "functions": [], "tool_choice": "auto", "function_call": "none"},
    "no reasoning": {"reasoning_effort": "none", "verbosity": "medium"},
    "text": {"response_format": {"type": "text"}, "modalities": ["text"]},
    "about the request": {
        "user": "me",
        "metadata": {"a": "b"},
        "store": False,
        "service_tier": "x",
    },
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_what_clients_send_by_default_changes_nothing(local: str, guard: str, name: str) -> None:
    for url, question in ((local, WHO), (guard, PUZZLE)):
        bare = ask(url, question).json()["choices"]
        assert ask(url, question, **DEFAULTS[name]).json()["choices"] == bare


def test_openais_client_streams_with_its_usage(local: str) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=f"{local}/v1", api_key="any", max_retries=0)
    ours = {"messages": [{"role": "user", "content": WHO}], "model": "tiny", "max_tokens": 26}
    whole = client.chat.completions.create(**ours).usage
    stream = client.chat.completions.create(
        **ours, stream=True, stream_options={"include_usage": True}
    )
    *earlier, last = list(stream)
    assert [piece.usage for piece in earlier] == [None] * len(earlier)
    assert last.choices == []
    assert last.usage == whole
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
    assert last.dubito["doubt"]["perplexity"]["value"] is not None


def test_usage_of_a_guards_stream(guard: str) -> None:
    found = pieces(guard, PUZZLE, stream_options={"include_usage": True})
    whole = ask(guard, PUZZLE).json()["usage"]
    assert [piece.get("usage", "none") for piece in found] == [None, None, whole]
    assert whole["completion_tokens"] > 0


def test_usage_of_a_plain_completion_in_pieces(local: str) -> None:
    sent = {"prompt": "Once upon", "max_tokens": 5}
    url = f"{local}/v1/completions"
    whole = httpx.post(url, json=sent, timeout=20).json()["usage"]
    more = {"stream": True, "stream_options": {"include_usage": True}}
    lines = httpx.post(url, json=sent | more, timeout=20).text.split("\n\n")
    *earlier, last = [json.loads(line[6:])["usage"] for line in lines[:-2]]
    assert last == whole
    assert earlier
    assert set(earlier) == {None}


@pytest.mark.parametrize("asked", [{}, {"stream_options": {"include_usage": False}}])
def test_nobody_is_told_usage_who_did_not_ask(local: str, guard: str, asked: dict) -> None:
    for url, question in ((local, WHO), (guard, PUZZLE)):
        assert not any("usage" in piece for piece in pieces(url, question, **asked))


def test_a_guard_is_not_stopped(guard: str) -> None:
    refused = ask(guard, PUZZLE, stop=["Thing"])
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("stop: ")
