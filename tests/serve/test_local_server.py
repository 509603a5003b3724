"""A model in this process behind the door, on real sockets."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi")

from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.local import LocalModel
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter
from dubito.serve.local import Local
from dubito.serve.settings import Settings
from models.tiny import tiny_local, tiny_tokenizer
from serve.running import running

NAMES = ("perplexity", "mean-token-entropy", "lexical-similarity")


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return tiny_local(tiny_tokenizer())


@pytest.fixture(scope="module")
def url(model: LocalModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("records") / "records.db"

    def backend() -> Local:
        return Local(model, Doubter(NAMES, samples=3, meaning=Collector()))

    with running(make_app(backend, Settings(records=f"sqlite:///{file}"))) as address:
        yield address


def body(question: str, **more: object) -> dict:
    return {"messages": [{"role": "user", "content": question}], "max_tokens": 12, **more}


def ask(url: str, question: str, **more: object) -> httpx.Response:
    sent = body(question, **more)
    return httpx.post(f"{url}/v1/chat/completions", json=sent, timeout=20)


def test_the_answer_is_the_models_own(url: str, model: LocalModel) -> None:
    """As `generate` gives it for the same words, and its doubt as the estimators read it."""
    short = Generation(max_tokens=12, instruction="")
    (_, evidence), *_ = model.generate(["Who is it?"], Plan(samples=3, logprobs=True), short)
    told = ask(url, "Who is it?").json()
    assert told["choices"][0]["message"]["content"] == evidence.answer.text.strip()
    expected = -float(evidence.answer.logprobs.mean())
    assert told["dubito"]["doubt"]["perplexity"]["value"] == pytest.approx(expected, abs=1e-4)
    assert told["dubito"]["cost"]["generations"] == 4
    assert told["usage"]["completion_tokens"] == len(evidence.answer.tokens)


def test_many_at_once_are_answered_as_alone(url: str) -> None:
    questions = [f"Who is number {n}?" for n in range(8)]
    alone = [ask(url, q).json() for q in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: ask(url, q).json(), questions))
    for one, other in zip(alone, together, strict=True):
        assert one["choices"] == other["choices"]
        assert one["dubito"]["doubt"]["perplexity"]["value"] == pytest.approx(
            other["dubito"]["doubt"]["perplexity"]["value"], abs=1e-4
        )


def test_a_stream_is_the_same_answer_in_pieces(url: str) -> None:
    whole = ask(url, "Where is it?").json()
    sent = body("Where is it?", stream=True)
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=sent, timeout=20) as stream:
        data = [line[6:] for line in stream.iter_lines() if line.startswith("data:")]
    assert data.pop() == "[DONE]"
    pieces = [json.loads(d) for d in data]
    text = "".join(c["delta"].get("content", "") for p in pieces for c in p["choices"])
    assert text.strip() == whole["choices"][0]["message"]["content"]
    assert pieces[-1]["choices"] == []
    assert pieces[-1]["dubito"]["doubt"].keys() == whole["dubito"]["doubt"].keys()
    assert pieces[-2]["choices"][0]["finish_reason"] in ("stop", "length")


def test_an_earlier_turn_is_read(url: str) -> None:
    turns = [
        {"role": "user", "content": "I am Ann."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Who is it?"},
    ]
    told = httpx.post(f"{url}/v1/chat/completions", json={"messages": turns}, timeout=20).json()
    assert told["usage"]["prompt_tokens"] > ask(url, "Who is it?").json()["usage"]["prompt_tokens"]


def test_what_does_not_fit_or_is_no_text(url: str) -> None:
    long = ask(url, "why " * 300)
    assert long.status_code == 400
    assert "exceed the context" in long.json()["error"]["message"]
    picture = [{"type": "image_url", "image_url": {"url": "data:"}}]
    odd = httpx.post(
        f"{url}/v1/chat/completions", json={"messages": [{"role": "user", "content": picture}]}
    )
    assert odd.status_code == 400
    assert ask(url, "").status_code == 400
    assert ask(url, "Who?").status_code == 200


def test_plain_completions_and_models(url: str) -> None:
    sent = {"prompt": "Once upon", "max_tokens": 5}
    told = httpx.post(f"{url}/v1/completions", json=sent, timeout=20).json()
    assert isinstance(told["choices"][0]["text"], str)
    assert told["object"] == "text_completion"
    assert httpx.get(f"{url}/v1/models").json()["data"][0]["id"] == "tiny"


def test_score_reads_the_text(url: str, model: LocalModel) -> None:
    asked = {"question": "Who?", "answer": "It is I.", "estimators": ["perplexity"]}
    told = httpx.post(f"{url}/score", json=asked, timeout=20).json()
    read = model.read("Who?", ["It is I."], Generation(instruction=""))
    expected = -float(read.answer.logprobs.mean())
    assert told["doubt"]["perplexity"]["value"] == pytest.approx(expected, abs=1e-4)
    assert "".join(t for t, _ in told["tokens"]).startswith("It is I.")
