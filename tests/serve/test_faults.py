"""What goes wrong: each ends in a clear error for the client and a healthy server."""

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event

from dubito.serve.settings import Settings
from serve.conftest import Proxied

ASK = [{"role": "user", "content": "What is the capital of Peru?"}]


def ask(proxy: Proxied, **more: object) -> httpx.Response:
    body = {"model": "stub", "messages": ASK, **more}
    return httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10)


def said(response: httpx.Response) -> str:
    return response.json()["error"]["message"]


def assert_recovers(proxy: Proxied) -> None:
    """Once the upstream is well again so are we; a breaker rests 0.3 s at most."""
    proxy.stub.fault, proxy.stub.delay = "", 0.0
    until = time.monotonic() + 10
    while ask(proxy).status_code != 200:
        assert time.monotonic() < until, "it did not recover"
        time.sleep(0.05)
    assert httpx.get(f"{proxy.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("busy", 429, "busy"),
        ("broken", 502, "HTTP 500"),
        ("refuses", 404, "no such model"),
        ("garbage", 502, "no JSON"),
        ("no choices", 502, "not a chat completion"),
    ],
)
def test_an_upstream_that_fails(proxy: Proxied, fault: str, status: int, words: str) -> None:
    proxy.stub.fault = fault
    response = ask(proxy)
    assert response.status_code == status
    assert words in said(response)
    if fault == "busy":
        assert response.headers["retry-after"] == "7"
    assert_recovers(proxy)


def test_no_log_probs_is_an_answer_without_doubt(proxy: Proxied) -> None:
    proxy.stub.fault = "no log-probs"
    told = ask(proxy).json()
    assert told["choices"][0]["message"]["content"] == "Lima."
    doubt = told["dubito"]["doubt"]["perplexity"]
    assert doubt["value"] is None
    assert "no log-probs" in doubt["reason"]


def test_a_slow_upstream_times_out_and_the_breaker_opens(proxy_with: Callable) -> None:
    """Timeouts of 0.1 s, once retried: after three failures nothing is asked for 0.3 s."""
    proxy = proxy_with(timeout=0.1)
    proxy.stub.delay = 1.0
    first = ask(proxy)
    assert first.status_code == 504
    assert "0.1 s" in said(first)
    while ask(proxy).status_code == 504:
        pass
    asked = len(proxy.stub.asked)
    left_alone = ask(proxy)
    assert left_alone.status_code == 503
    assert "left alone" in said(left_alone)
    assert "retry-after" in left_alone.headers
    assert len(proxy.stub.asked) == asked
    assert httpx.get(f"{proxy.url}/healthz").status_code == 503
    assert_recovers(proxy)


def test_an_upstream_that_is_not_there(proxy_with: Callable) -> None:
    proxy = proxy_with()
    gone = proxy_with(url="http://127.0.0.1:9/v1")
    response = ask(gone)
    assert response.status_code == 502
    assert "cannot be reached" in said(response)
    assert ask(proxy).status_code == 200


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("breaks", "broke off"),
        ("silent", "fell silent"),
        ("error in the stream", "out of memory"),
    ],
)
def test_a_stream_that_breaks_says_so(proxy_with: Callable, fault: str, words: str) -> None:
    """What came before is delivered, then an error, and no [DONE]."""
    proxy = proxy_with(timeout=1.0)
    proxy.stub.fault = fault
    body = {"model": "stub", "messages": ASK, "stream": True}
    url = f"{proxy.url}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=10) as stream:
        lines = [line for line in stream.iter_lines() if line]
    assert '"Li"' in lines[0]
    assert words in lines[-1]
    assert "[DONE]" not in lines[-1]
    assert_recovers(proxy)


def test_a_stream_that_never_begins_has_its_status(proxy: Proxied) -> None:
    proxy.stub.fault = "broken"
    assert ask(proxy, stream=True).status_code == 502


def test_a_client_that_leaves_frees_its_place(proxy_with: Callable) -> None:
    """One at a time and nobody waits: whoever comes after the one that left is answered."""
    proxy = proxy_with(Settings(records=None, in_flight=1, waiting=0))
    proxy.stub.delay = 0.2
    url, body = f"{proxy.url}/v1/chat/completions", {"model": "stub", "messages": ASK}
    with httpx.stream("POST", url, json=body | {"stream": True}, timeout=10) as stream:
        lines = stream.iter_lines()
        next(lines)
        assert ask(proxy).status_code == 429
    proxy.stub.delay = 0.0
    until = time.monotonic() + 10
    while (response := ask(proxy)).status_code == 429 and time.monotonic() < until:
        time.sleep(0.05)
    assert response.status_code == 200


def test_too_many_are_sent_away_at_once(proxy_with: Callable) -> None:
    """Two at a time, two in line: of ten together six are refused, the others answered."""
    proxy = proxy_with(Settings(records=None, in_flight=2, waiting=2))
    proxy.stub.held = threading.Event()
    found: list[httpx.Response] = []
    with ThreadPoolExecutor(10) as pool:
        for _ in range(10):
            pool.submit(lambda: found.append(ask(proxy)))
        until = time.monotonic() + 8
        while len(found) < 6 and time.monotonic() < until:
            time.sleep(0.01)
        assert [r.status_code for r in found] == [429] * 6
        assert all("retry-after" in r.headers for r in found)
        proxy.stub.held.set()
    assert sorted(r.status_code for r in found) == [200] * 4 + [429] * 6
    assert_recovers(proxy)


def test_who_waits_too_long_is_told(proxy_with: Callable) -> None:
    proxy = proxy_with(Settings(records=None, in_flight=1, waiting=5, patience=0.1))
    proxy.stub.delay = 0.5
    with ThreadPoolExecutor(2) as pool:
        found = sorted(r.status_code for r in pool.map(lambda _: ask(proxy), range(2)))
    assert found == [200, 503]


def test_a_locked_database_leaves_answers_be(proxy_with: Callable, tmp_path: Path) -> None:
    """The answer says that it was not recorded; feedback, which is nothing else, is refused."""
    file = tmp_path / "locked.db"
    proxy = proxy_with(Settings(records=f"sqlite:///{file}"))
    record = ask(proxy).json()["dubito"]["record"]
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    told = ask(proxy)
    assert told.status_code == 200
    assert told.json()["dubito"]["record"] is None
    assert "locked" in told.json()["dubito"]["not_recorded"]
    judged = {"record": record, "right": True}
    refused = httpx.post(f"{proxy.url}/feedback", json=judged, timeout=10)
    assert refused.status_code == 503
    lock.execute("ROLLBACK")
    lock.close()
    assert httpx.post(f"{proxy.url}/feedback", json=judged, timeout=10).status_code == 200
    assert "dubito_records_lost_total 1.0" in httpx.get(f"{proxy.url}/metrics").text


def test_a_full_database_leaves_answers_be(proxy_with: Callable, tmp_path: Path) -> None:
    """A limit of pages on the server's own connections stands for a full disk.

    A question of 100,000 characters needs two dozen pages of 4,096 bytes; there are none left.
    """
    file = tmp_path / "full.db"
    proxy = proxy_with(Settings(records=f"sqlite:///{file}", log_prompts=True))
    engine = proxy.app.state.desk.records.engine
    assert ask(proxy).json()["dubito"]["record"]
    pages = [1]  # SQLite takes the pages that there are, if they are more

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    long = [{"role": "user", "content": "why " * 25_000}]
    event.listen(engine, "checkout", limit)
    told = ask(proxy, messages=long).json()
    assert told["choices"][0]["message"]["content"] == "Lima."
    assert told["dubito"]["record"] is None
    assert told["dubito"]["not_recorded"] == "the database cannot be written (full)"
    pages[0] = 1_000_000  # somebody makes room
    assert ask(proxy, messages=long).json()["dubito"]["record"]
    with closing(sqlite3.connect(file)) as kept:
        assert kept.execute("SELECT count(*) FROM dubito_requests").fetchone() == (2,)
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_records_that_cannot_be_kept_are_said_at_the_start(tmp_path: Path) -> None:
    from dubito.serve.records import Records, RecordsDown

    with pytest.raises(RecordsDown, match=r"no records can be kept at sqlite:////.*nowhere"):
        Records(f"sqlite:///{tmp_path}/nowhere/records.db")
    with pytest.raises(RecordsDown) as caught:
        Records("postgresql+nodriver://me:s3cret@host/db")
    assert "s3cret" not in str(caught.value)


def test_killed_while_writing_loses_nothing_acknowledged(proxy: Proxied, tmp_path: Path) -> None:
    """SIGKILL under load: every record whose id a client was told is in the file."""
    file = tmp_path / "killed.db"
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    options = ["--upstream", f"{proxy.url}/v1", "--port", f"{port}", "--records"]
    start = "from dubito.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", *options, f"sqlite:///{file}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_for(url)
    told: list[str] = []

    def many(_: int) -> None:
        try:
            while True:
                body = {"model": "stub", "messages": ASK}
                response = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=5)
                told.append(response.json()["dubito"]["record"])
        except httpx.HTTPError:
            return

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(many, i) for i in range(4)]
        until = time.monotonic() + 60
        while len(told) < 60 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        for future in futures:
            future.result()
    process.wait()
    with closing(sqlite3.connect(file)) as kept:
        ids = {row[0] for row in kept.execute("SELECT id FROM dubito_requests")}
    assert len(told) >= 60
    assert set(told) <= ids


def wait_for(url: str) -> None:
    """Until the server answers."""
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/healthz", timeout=1)
            return
        except httpx.HTTPError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)
