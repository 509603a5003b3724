"""What one odd client or one odd answer may not do to everybody else."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

from dubito.serve.records import Records, RecordsDown, shown
from dubito.serve.settings import Settings
from dubito.serve.tables import REQUESTS
from serve.conftest import Proxied
from serve.test_records import row

ASK = [{"role": "user", "content": "What is the capital of Peru?"}]


def ask(proxy: Proxied, **more: object) -> httpx.Response:
    body = {"model": "stub", "messages": ASK, **more}
    return httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10)


def test_who_leaves_while_a_row_is_written_cannot_stop_the_writer(tmp_path: Path) -> None:
    records = Records(f"sqlite:///{tmp_path}/r.db")
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        first = records.write(REQUESTS, row(1))
        assert not first.cancel()
        lock.execute("ROLLBACK")
    records.write(REQUESTS, row(2)).result(timeout=5)
    assert [r["at"] for r in records.latest()] == [1.0, 2.0]
    records.close()


def test_a_row_that_no_database_takes_stops_nobody(tmp_path: Path) -> None:
    records = Records(f"sqlite:///{tmp_path}/r.db")
    odd = records.write(REQUESTS, row(1, answer="half a pair \ud800"))
    assert isinstance(odd.exception(timeout=5), RecordsDown)
    records.write(REQUESTS, row(2)).result(timeout=5)
    records.close()


def test_half_a_character_is_answered_and_kept(proxy_with: Callable, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    proxy = proxy_with(Settings(records=url, log_prompts=True))
    proxy.stub.texts = ("Lima \ud83d",)
    content = '{"messages": [{"role": "user", "content": "\\ud800"}], "temperature": 1}'
    kind = {"Content-Type": "application/json"}
    told = httpx.post(f"{proxy.url}/v1/chat/completions", content=content, headers=kind)
    assert told.status_code == 200
    assert told.json()["dubito"]["record"]
    assert ask(proxy).status_code == 200


def test_health_comes_back_before_anybody_asks(proxy_with: Callable) -> None:
    """Behind a balancer nobody asks a sick server: after the rest of 0.3 s it says that it may."""
    proxy = proxy_with(retries=0)
    proxy.stub.fault = "broken"
    while httpx.get(f"{proxy.url}/healthz").status_code == 200:
        ask(proxy)
    proxy.stub.fault = ""
    time.sleep(0.4)
    assert httpx.get(f"{proxy.url}/healthz").status_code == 200


def test_an_upstream_that_falls_silent_in_every_stream_opens_the_breaker(
    proxy_with: Callable,
) -> None:
    """Its heads come in time, its bodies do not."""
    proxy = proxy_with(timeout=0.1, rest=5.0)
    proxy.stub.fault = "silent"
    last = [ask(proxy, stream=True).text for _ in range(4)][-1]
    assert "left alone" in last


def test_what_will_not_pass_is_asked_once(proxy: Proxied) -> None:
    proxy.stub.fault = "no key"
    refused = ask(proxy)
    assert refused.status_code == 502
    assert "refuses our key" in refused.json()["error"]["message"]
    assert len(proxy.stub.asked) == 1


def test_one_clients_refusal_teaches_nothing_about_others(proxy: Proxied) -> None:
    """A 400 that happens to name log-probs does not switch them off, even for its own model."""
    proxy.stub.fault = "names log-probs"
    assert ask(proxy, n=None).status_code == 400
    proxy.stub.fault = ""
    assert ask(proxy).json()["dubito"]["doubt"]["perplexity"]["value"] is not None
    proxy.stub.asked.clear()
    ask(proxy)
    assert proxy.stub.asked[0]["top_logprobs"] == 20


def test_an_upstream_without_log_probs_is_asked_without(proxy: Proxied) -> None:
    proxy.stub.fault = "takes no log-probs"
    told = ask(proxy)
    assert told.json()["choices"][0]["message"]["content"] == "Lima."
    before = len(proxy.stub.asked)
    ask(proxy)
    assert len(proxy.stub.asked) == before + 1  # it has been learnt


def test_a_line_ends_at_a_line_feed_and_nowhere_else(proxy: Proxied) -> None:
    proxy.stub.fault = "separators"
    told = ask(proxy, stream=True).text
    assert "\\u2028" in told
    assert "[DONE]" in told
    assert '"error"' not in told


def test_alternatives_are_as_many_as_were_asked_for(proxy: Proxied) -> None:
    spot = ask(proxy, logprobs=True, top_logprobs=1).json()["choices"][0]["logprobs"]["content"][0]
    assert len(spot["top_logprobs"]) == 1
    none = ask(proxy, logprobs=True).json()["choices"][0]["logprobs"]["content"][0]
    assert none["top_logprobs"] == []


def test_one_sample_is_left_out(proxy: Proxied) -> None:
    """A budget of two generations leaves one sample, which has nothing to be compared with."""
    names = ["lexical-similarity", "perplexity"]
    told = ask(proxy, dubito={"estimators": names, "samples": 5, "budget": 2})
    assert told.status_code == 200
    assert told.json()["dubito"]["cost"]["generations"] == 1
    one = {"question": "Q?", "answer": "Lima", "samples": ["Lima"]}
    assert httpx.post(f"{proxy.url}/score", json=one).status_code == 200


def test_records_that_cannot_be_read_are_a_503(proxy: Proxied) -> None:
    file = proxy.records.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("ALTER TABLE dubito_feedback RENAME TO elsewhere")
    for route in ("/summary", "/metrics"):
        told = httpx.get(f"{proxy.url}{route}")
        assert told.status_code == (503 if route == "/summary" else 200)
    assert ask(proxy).status_code == 200


def test_urls_are_shown_without_their_secrets() -> None:
    assert shown("postgresql://me:s3cret@host/db") == "postgresql://***@host/db"
    assert "s3cret" not in shown("postgresql://host/db?user=me&password=s3cret")
    assert shown("sqlite:///a.db") == "sqlite:///a.db"
