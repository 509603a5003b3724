"""Several models in one database: each has its own records, its own summary and its own drift."""

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from dubito.guard import Abstain, Guard
from dubito.guard.fingerprint import fingerprint
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter
from dubito.serve.drifting import MOST, Drifts
from dubito.serve.guarded import Guarded
from dubito.serve.records import Records, RecordsDown
from dubito.serve.remote import Remote
from dubito.serve.settings import Settings, Upstream
from dubito.serve.tables import FEEDBACK, REQUESTS, answers_by
from dubito.serve.upstream import Asking
from scripted import Scripted, puzzle
from serve.conftest import Proxied
from serve.running import Stub, running
from serve.test_records import judge, row

ASK = [{"role": "user", "content": "What is the capital of Peru?"}]
# The tables as they were before records named who answered.
OLD = """
CREATE TABLE dubito_requests (
    id VARCHAR(32) NOT NULL, at FLOAT NOT NULL, model TEXT NOT NULL,
    prompt_digest VARCHAR(64) NOT NULL, evidence_digest VARCHAR(64) NOT NULL,
    prompt TEXT, answer TEXT, doubts TEXT NOT NULL, confidence FLOAT,
    action VARCHAR(20) NOT NULL, tokens INTEGER NOT NULL, seconds FLOAT NOT NULL,
    PRIMARY KEY (id));
CREATE INDEX ix_dubito_requests_at ON dubito_requests (at);
CREATE TABLE dubito_feedback (
    id INTEGER NOT NULL, record VARCHAR(32) NOT NULL, at FLOAT NOT NULL, "right" BOOLEAN NOT NULL,
    PRIMARY KEY (id));
"""


def ask(proxy: Proxied, **more: object) -> str:
    body = {"messages": ASK, **more}
    told = httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10)
    return told.json()["dubito"]["record"]


def summed(url: str, **asked: str) -> dict:
    return httpx.get(f"{url}/summary", params=asked, timeout=10).json()


def say(proxy: Proxied, record: str, *, right: bool) -> None:
    said = httpx.post(f"{proxy.url}/feedback", json={"record": record, "right": right})
    assert said.status_code == 200


def kept(proxy: Proxied, columns: str) -> list[tuple]:
    with closing(sqlite3.connect(proxy.records.removeprefix("sqlite:///"))) as file:
        return file.execute(f"SELECT {columns} FROM dubito_requests ORDER BY at").fetchall()


def test_models_of_one_upstream_are_told_apart(proxy: Proxied) -> None:
    """Two by small, one right; one by large, wrong; who names none is answered by stub."""
    records = [ask(proxy, model=name) for name in ("small", "small", "large")]
    for record, right in zip(records, (True, False, False), strict=True):
        say(proxy, record, right=right)
    ask(proxy)
    assert [r[0] for r in kept(proxy, "answered_by")] == ["small", "small", "large", "stub"]
    small, large = summed(proxy.url, model="small"), summed(proxy.url, model="large")
    assert (small["requests"], small["feedback"]["n"], small["feedback"]["right"]) == (2, 2, 0.5)
    assert (large["requests"], large["feedback"]["n"], large["feedback"]["right"]) == (1, 1, 0)
    latest = summed(proxy.url)  # no model is served before others: the one that answered last
    assert (latest["model"], latest["requests"], latest["feedback"]["n"]) == ("stub", 1, 0)
    assert summed(proxy.url, model="nobody")["requests"] == 0


def test_a_stream_names_who_answered(proxy: Proxied) -> None:
    for more in ({"model": "small"}, {}):
        body = {"messages": ASK, "stream": True, **more}
        assert "[DONE]" in httpx.post(f"{proxy.url}/v1/chat/completions", json=body).text
    assert [r[0] for r in kept(proxy, "answered_by")] == ["small", "stub"]


def test_another_models_doubts_are_no_drift(
    proxy_with: Callable[..., Proxied], tmp_path: Path
) -> None:
    """Sixty doubts by large that rose all the time: an alarm for large, none for small."""
    url = f"sqlite:///{tmp_path}/drift.db"
    records = Records(url)
    for number in range(60):
        records.write(REQUESTS, row(number, answered_by="large")).result(timeout=5)
    records.write(REQUESTS, row(60, answered_by="small")).result(timeout=5)
    records.close()
    proxy = proxy_with(Settings(records=url))
    assert summed(proxy.url)["model"] == "small"
    assert not summed(proxy.url)["drift"]["alarm"]
    assert summed(proxy.url, model="large")["drift"]["alarm"]
    gauge = httpx.get(f"{proxy.url}/metrics").text.split("\ndubito_drift_log_martingale ")[1]
    assert float(gauge.split()[0]) == pytest.approx(
        summed(proxy.url, model="large")["drift"]["log_martingale"]
    )
    ask(proxy, model="large")
    assert summed(proxy.url)["drift"]["alarm"]


def test_drift_of_one_that_does_not_answer_here_is_read_from_its_records(
    proxy_with: Callable[..., Proxied], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/later.db"
    proxy = proxy_with(Settings(records=url))
    records = Records(url)
    for number in range(60):
        records.write(REQUESTS, row(number, answered_by="elsewhere")).result(timeout=5)
    records.close()
    assert summed(proxy.url, model="elsewhere")["drift"]["alarm"]


def test_drifts_are_followed_of_those_that_answered_last() -> None:
    """One more than are followed: whoever has answered least recently is forgotten."""
    drifts = Drifts(0.01)
    for number in range(MOST):
        drifts.update(f"m{number}", row(1, doubts={"a": 0.5}))
    drifts.update("m0", row(1, doubts={"a": 0.7}))
    drifts.update("new", row(1, doubts={"a": 0.5}))
    assert drifts.of("m1") is None
    assert drifts.of("m0").values_ == [0.5, 0.7]
    assert drifts.of("new") is not None
    assert len(drifts.followed) == MOST
    assert Drifts(0.01).most == 0


@pytest.fixture
def old(tmp_path: Path) -> str:
    """A database of an older dubito with three rows, one of them judged."""
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as made:
        made.executescript(OLD)
        for n in range(3):
            kept = row(n)
            marks = ", ".join("?" * len(kept))
            made.execute(
                f"INSERT INTO dubito_requests ({', '.join(kept)}) VALUES ({marks})",
                tuple(kept.values()),
            )
        made.execute("INSERT INTO dubito_feedback VALUES (1, ?, 0.0, 1)", (f"{1:032x}",))
        made.commit()
    return f"sqlite:///{file}"


def test_an_older_database_goes_on(proxy_with: Callable[..., Proxied], old: str) -> None:
    """Its rows are of nobody known: they are shown until somebody who is known answers."""
    proxy = proxy_with(Settings(records=old))
    before = summed(proxy.url)
    assert (before["model"], before["requests"], before["feedback"]["n"]) == (None, 3, 1)
    say(proxy, f"{2:032x}", right=False)
    ask(proxy, model="small")
    after = summed(proxy.url)
    assert (after["model"], after["requests"], after["feedback"]["n"]) == ("small", 1, 0)
    unknown = summed(proxy.url, model="")
    assert (unknown["requests"], unknown["feedback"]["n"]) == (3, 2)
    assert kept(proxy, "answered_by, kind") == [(None, None)] * 3 + [("small", "answer")]


def test_an_older_dubito_still_writes_to_a_database_made_new(old: str) -> None:
    Records(old).close()
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as file:
        plain = row(9)
        names, marks = ", ".join(plain), ", ".join("?" * len(plain))
        file.execute(
            f"INSERT INTO dubito_requests ({names}) VALUES ({marks})", tuple(plain.values())
        )
        file.commit()
    records = Records(old)
    assert [r["at"] for r in records.latest(answers_by(None))] == [0.0, 1.0, 2.0, 9.0]
    records.close()


def test_many_servers_make_an_older_database_new_at_once(old: str) -> None:
    """Eight open it at the same moment: all can write, and each column is there once."""
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Records(old), range(8)))
    for n, records in enumerate(opened):
        records.write(REQUESTS, row(10 + n, answered_by="m", kind="answer")).result(timeout=10)
        records.close()
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as file:
        names = [c[1] for c in file.execute("PRAGMA table_info(dubito_requests)")]
    assert names[-2:] == ["answered_by", "kind"]
    assert len(names) == len(set(names)) == len(REQUESTS.c)


def test_a_table_of_somebody_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE dubito_requests (something TEXT)")
        made.execute("INSERT INTO dubito_requests VALUES ('precious')")
        made.commit()
    with pytest.raises(RecordsDown, match="no records can be kept"):
        Records(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as left:
        assert left.execute("SELECT * FROM dubito_requests").fetchall()[0][0] == "precious"


def test_judged_rows_of_one_alone(tmp_path: Path) -> None:
    """Of twelve judged rows, by two in turns, the last two of one are rows 8 and 10."""
    records = Records(f"sqlite:///{tmp_path}/r.db")
    for n in range(12):
        by = ("even", "odd")[n % 2]
        records.write(REQUESTS, row(n, answered_by=by, kind="answer")).result(timeout=5)
        judge(records, n, right=True)
    assert [r["at"] for r in records.judged(answers_by("even"), limit=2)] == [8.0, 10.0]
    records.close()


def test_a_guard_is_named_by_its_fingerprint(tmp_path: Path) -> None:
    """Its own records make its summary and its drift, the upstream's beside them do not."""
    guard = Guard(Scripted(0.5), [Abstain(risk=0.2)], names=("perplexity",), samples=4)
    guard.fit([puzzle(i) for i in range(60)])
    url = f"sqlite:///{tmp_path}/r.db"
    records = Records(url)
    for number in range(60):  # doubts that rise: a drift, if they were the guard's
        records.write(REQUESTS, row(number, answered_by="stub", kind="answer")).result(timeout=5)
    said = {"record": f"{0:032x}", "at": 0.0, "right": False}
    records.write(FEEDBACK, said).result(timeout=5)
    records.close()
    with running(make_app(lambda: Guarded(guard), Settings(records=url))) as ours:
        body = {"messages": [{"role": "user", "content": puzzle(100).text}], "model": "any"}
        httpx.post(f"{ours}/v1/chat/completions", json=body, timeout=10).raise_for_status()
        told = summed(ours)
        assert told["model"] == fingerprint(guard)
        assert (told["requests"], told["feedback"]["n"]) == (1, 0)
        assert not told["drift"]["alarm"]
        assert summed(ours, model="stub")["drift"]["alarm"]


def test_drift_is_followed_without_records(proxy_with: Callable[..., Proxied]) -> None:
    """Three answers by small: its martingale has moved, large has none that could."""
    proxy = proxy_with(Settings(records=None))
    for _ in range(3):
        ask(proxy, model="small")
    assert summed(proxy.url, model="small")["drift"]["log_martingale"] != pytest.approx(0, abs=1e-9)
    assert summed(proxy.url, model="large")["drift"]["log_martingale"] == pytest.approx(0, abs=1e-9)


def test_the_model_that_is_served_is_shown_whoever_else_is_asked(tmp_path: Path) -> None:
    """By default, also where others stand in the records or have answered last."""
    stub, url = Stub(), f"sqlite:///{tmp_path}/r.db"
    records = Records(url)
    records.write(REQUESTS, row(1, answered_by="earlier", kind="answer")).result(timeout=5)
    records.close()
    with running(stub.app()) as upstream:

        def backend() -> Remote:
            return Remote(Asking(Upstream(f"{upstream}/v1")), Doubter(("perplexity",)), "usual")

        app = make_app(backend, Settings(records=url))
        with running(app) as ours:
            proxy = Proxied(ours, stub, "", app)
            assert summed(ours)["model"] == "usual"
            ask(proxy)
            ask(proxy, model="other")
            told = summed(ours)
            assert (told["model"], told["requests"]) == ("usual", 1)


def test_no_records_is_a_summary_all_the_same(proxy_with: Callable[..., Proxied]) -> None:
    proxy = proxy_with(Settings(records=None))
    for asked in ({}, {"model": "x"}, {"kind": "score"}):
        told = summed(proxy.url, **asked)
        assert told["requests"] == 0
        json.dumps(told, allow_nan=False)
    assert httpx.get(f"{proxy.url}/summary", params={"kind": "other"}).status_code == 422
