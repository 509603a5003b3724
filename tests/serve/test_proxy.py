"""The proxy as clients see it: OpenAI's own, and plain HTTP."""

import json
import math
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from serve.conftest import Proxied
from serve.running import LIMA

openai = pytest.importorskip("openai")
ASK = [{"role": "user", "content": "What is the capital of Peru?"}]
PERPLEXITY = -math.log(0.5 * 0.8 * 1.0) / 3  # mean surprise of the three tokens, nats


def client(proxy: Proxied) -> "openai.OpenAI":
    return openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="any", max_retries=0)


def ask(proxy: Proxied, **more: object) -> httpx.Response:
    body = {"model": "stub", "messages": ASK, **more}
    return httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10)


def test_openai_client_gets_its_answer_and_our_doubt(proxy: Proxied) -> None:
    told = client(proxy).chat.completions.create(model="stub", messages=ASK)
    assert told.choices[0].message.content == "Lima."
    assert told.usage.total_tokens == 6
    ours = told.dubito
    assert ours["doubt"]["perplexity"]["value"] == pytest.approx(PERPLEXITY)
    assert ours["confidence"] is None
    assert "no calibration" in ours["calibration"]
    assert ours["action"] == "answer"
    assert ours["cost"]["generations"] == 1


def test_log_probs_are_asked_for_and_kept_from_who_did_not_ask(proxy: Proxied) -> None:
    silent, open_ = ask(proxy).json(), ask(proxy, logprobs=True, top_logprobs=1).json()
    assert proxy.stub.asked[0]["logprobs"] is True
    assert proxy.stub.asked[0]["top_logprobs"] == 20
    assert silent["choices"][0]["logprobs"] is None
    assert open_["choices"][0]["logprobs"]["content"][0]["token"] == "Li"


def test_what_is_not_ours_goes_through(proxy: Proxied) -> None:
    ask(proxy, temperature=0.3, tools=[{"type": "function"}], user="me", dubito={"tokens": True})
    sent = proxy.stub.asked[0]
    assert sent["temperature"] == 0.3
    assert sent["tools"] == [{"type": "function"}]
    assert sent["user"] == "me"
    assert "dubito" not in sent


def test_samples_are_drawn_where_a_request_asks(proxy: Proxied) -> None:
    """Of the samples Lima., Lima, Cusco; a budget of 3 generations leaves two of them."""
    names = ["lexical-similarity", "perplexity"]
    told = ask(proxy, dubito={"estimators": names, "samples": 3}).json()["dubito"]
    assert told["cost"]["generations"] == 4
    assert told["doubt"]["lexical-similarity"]["value"] is not None
    drawn = [a for a in proxy.stub.asked if a.get("n")]
    assert [(a["n"], a["temperature"]) for a in drawn] == [(3, 1)]
    cheap = ask(proxy, dubito={"estimators": names, "samples": 3, "budget": 3}).json()["dubito"]
    assert cheap["cost"]["generations"] == 3
    alone = ask(proxy, dubito={"estimators": names, "samples": 3, "budget": 1}).json()["dubito"]
    assert alone["cost"]["generations"] == 1
    assert alone["doubt"]["lexical-similarity"]["value"] is None
    assert "samples" in alone["doubt"]["lexical-similarity"]["reason"]


def test_tokens_carry_their_doubt(proxy: Proxied) -> None:
    told = ask(proxy, dubito={"estimators": ["perplexity"], "tokens": True}).json()["dubito"]
    expected = [[t, pytest.approx(-math.log(p))] for t, p in LIMA]
    assert told["tokens"] == expected


def test_headers_say_it_in_short(proxy: Proxied) -> None:
    response = ask(proxy)
    assert float(response.headers["x-dubito-doubt"]) == pytest.approx(PERPLEXITY, abs=1e-4)
    assert response.headers["x-dubito-action"] == "answer"
    assert response.headers["x-dubito-record"] == response.json()["dubito"]["record"]


def test_a_stream_ends_with_our_object(proxy: Proxied) -> None:
    stream = client(proxy).chat.completions.create(model="stub", messages=ASK, stream=True)
    pieces = list(stream)
    assert "".join(p.choices[0].delta.content or "" for p in pieces if p.choices) == "Lima."
    assert pieces[-1].dubito["doubt"]["perplexity"]["value"] == pytest.approx(PERPLEXITY)
    assert pieces[-1].id == pieces[0].id
    assert not any(p.choices[0].logprobs for p in pieces if p.choices)


def test_plain_completions(proxy: Proxied) -> None:
    told = client(proxy).completions.create(model="stub", prompt="The capital of Peru is")
    assert told.choices[0].text == "Lima."
    assert told.dubito["doubt"]["perplexity"]["value"] == pytest.approx(PERPLEXITY)


def test_models_are_the_upstreams(proxy: Proxied) -> None:
    assert [m.id for m in client(proxy).models.list()] == ["stub"]


def test_score_of_texts_and_of_a_response(proxy: Proxied) -> None:
    url, question = f"{proxy.url}/score", "Capital of Peru?"
    texts = {"question": question, "answer": "Lima", "samples": ["Lima", "Lima", "Cusco"]}
    said = httpx.post(url, json=texts).json()
    assert said["doubt"]["lexical-similarity"]["value"] > 0
    stored = ask(proxy, logprobs=True, top_logprobs=2).json()
    del stored["dubito"]
    read = httpx.post(url, json={"question": question, "answer": "", "response": stored}).json()
    assert read["doubt"]["perplexity"]["value"] == pytest.approx(PERPLEXITY)
    bad = httpx.post(url, json=texts | {"response": {"choices": []}})
    assert bad.status_code == 400


def test_unknown_estimator_is_refused_with_the_nearest(proxy: Proxied) -> None:
    response = ask(proxy, dubito={"estimators": ["perplexty"]})
    assert response.status_code == 400
    assert "did you mean perplexity" in response.json()["error"]["message"]
    assert not proxy.stub.asked


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"messages": []}, "messages"),
        ({"messages": ASK, "dubito": {"sample": 3}}, "dubito.sample"),
        ({"messages": ASK, "n": 3}, "n"),
        ({"messages": "hello"}, "messages"),
    ],
)
def test_malformed_bodies_say_where(proxy: Proxied, body: dict, word: str) -> None:
    response = httpx.post(f"{proxy.url}/v1/chat/completions", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{word}:")


def test_no_json_and_too_much_of_it(proxy: Proxied) -> None:
    url = f"{proxy.url}/v1/chat/completions"
    kind = {"Content-Type": "application/json"}
    assert httpx.post(url, content=b"{", headers=kind).status_code == 422
    huge = httpx.post(url, content=b" " * 1_000_001, headers=kind)
    assert huge.status_code == 413
    assert "1000000" in huge.json()["error"]["message"]

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    assert httpx.post(url, content=endless(), headers=kind).status_code == 413
    assert ask(proxy).status_code == 200


def test_who_has_no_key_is_refused(
    proxy_with: Callable[..., Proxied], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBITO_API_KEY", "s3cret")
    proxy = proxy_with()
    assert ask(proxy).status_code == 401
    assert httpx.get(f"{proxy.url}/summary").status_code == 401
    assert httpx.get(f"{proxy.url}/metrics").status_code == 401
    assert httpx.get(f"{proxy.url}/healthz").status_code == 200
    assert httpx.get(f"{proxy.url}/").status_code == 200
    right = openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="s3cret", max_retries=0)
    assert right.chat.completions.create(model="stub", messages=ASK).choices
    wrong = openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="guess", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        wrong.chat.completions.create(model="stub", messages=ASK)


def test_our_key_goes_up_and_the_clients_does_not(
    proxy: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ours")
    client(proxy).chat.completions.create(model="stub", messages=ASK)
    assert proxy.stub.headers[0]["authorization"] == "Bearer ours"


def test_metrics_and_health(proxy: Proxied) -> None:
    ask(proxy)
    ask(proxy, dubito={"estimators": ["nothing"]})
    told = httpx.get(f"{proxy.url}/metrics").text
    assert 'dubito_requests_total{route="chat",status="200"} 1.0' in told
    assert 'dubito_requests_total{route="chat",status="400"} 1.0' in told
    assert 'dubito_actions_total{action="answer"} 1.0' in told
    assert "dubito_in_flight 0.0" in told
    assert httpx.get(f"{proxy.url}/healthz").json()["status"] == "ok"


def test_many_at_once_are_answered_alike(proxy: Proxied) -> None:
    found: list[float] = []

    def one() -> None:
        found.append(ask(proxy).json()["dubito"]["doubt"]["perplexity"]["value"])

    threads = [threading.Thread(target=one) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 30
    assert set(found) == {found[0]}


def test_live_tells_of_requests(proxy: Proxied) -> None:
    with httpx.stream("GET", f"{proxy.url}/live", timeout=5) as stream:
        lines = stream.iter_lines()
        next(lines)
        record = ask(proxy).json()["dubito"]["record"]
        data = next(line for line in lines if line.startswith("data:"))
    told = json.loads(data[5:])
    assert told["record"] == record
    assert "prompt" not in told
