"""A model that is followed no more: its drift is taken up from its records when it answers."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import sleep

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from dubito.serve.desk import Desk
from dubito.serve.drifting import MOST
from dubito.serve.records import Records, RecordsDown
from dubito.serve.settings import Settings
from dubito.serve.tables import REQUESTS, answers_by
from serve.conftest import Proxied
from serve.test_records import row
from serve.test_who_answered import ASK, ask, summed


@pytest.fixture
def forgotten(proxy_with: Callable[..., Proxied], tmp_path: Path) -> Proxied:
    """Sixty rising doubts by A in the records, an alarm; then as many others as are followed."""
    url = f"sqlite:///{tmp_path}/forgotten.db"
    records = Records(url)
    for number in range(60):
        records.write(REQUESTS, row(number, answered_by="A")).result(timeout=5)
    records.close()
    proxy = proxy_with(Settings(records=url))
    assert summed(proxy.url, model="A")["drift"]["alarm"]
    for number in range(MOST):
        desk_of(proxy).drifts.update(f"m{number}", row(1, doubts={"a": 0.5}))
    assert desk_of(proxy).drifts.of("A") is None
    return proxy


def desk_of(proxy: Proxied) -> Desk:
    return proxy.app.state.desk


def counted(desk: Desk) -> int:
    """Doubts of A that its martingale has seen."""
    drift = desk.drifts.of("A")
    return 0 if drift is None else sum(drift.counts_)


def test_whoever_was_forgotten_is_taken_up_from_its_records(forgotten: Proxied) -> None:
    """The alarm stays; the sixty and each of the two new doubts count once."""
    ask(forgotten, model="A")
    assert summed(forgotten.url, model="A")["drift"]["alarm"]
    assert counted(desk_of(forgotten)) == 61
    assert len(desk_of(forgotten).drifts.followed) == MOST  # m0 is forgotten for it
    assert desk_of(forgotten).drifts.of("m0") is None
    ask(forgotten, model="A")
    assert counted(desk_of(forgotten)) == 62
    assert len(desk_of(forgotten).drifts.followed) == MOST


def test_answers_at_once_of_one_that_was_forgotten_count_once_each(
    forgotten: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four answers are recorded before the first of them has read the records."""
    latest, records = Records.latest, desk_of(forgotten).records

    def late(self: Records, *asked: object) -> list[dict]:
        sleep(0.2)
        return latest(self, *asked)

    monkeypatch.setattr(Records, "latest", late)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ask(forgotten, model="A"), range(4)))
    monkeypatch.undo()
    assert len(records.latest(answers_by("A"))) == 64
    assert counted(desk_of(forgotten)) == 64


def test_an_answer_that_was_not_recorded_counts_beside_its_records(
    forgotten: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: Records, table: object, row: object) -> Future[None]:
        done: Future[None] = Future()
        done.set_exception(RecordsDown("full"))
        return done

    monkeypatch.setattr(Records, "write", down)
    assert ask(forgotten, model="A") is None
    assert counted(desk_of(forgotten)) == 61
    assert summed(forgotten.url, model="A")["drift"]["alarm"]


def test_records_that_cannot_be_read_fail_no_answer(
    proxy: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its drift begins with this answer."""

    def broken(self: Records, *asked: object) -> list[dict]:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(Records, "latest", broken)
    assert ask(proxy, model="A") is not None
    assert counted(desk_of(proxy)) == 1


def test_a_name_that_no_database_takes_is_followed_as_it_is_recorded(proxy: Proxied) -> None:
    """Half a surrogate pair: a question mark in the records, in the drift and in the summary."""
    sent = json.dumps({"messages": ASK, "model": "\ud800"})
    url = f"{proxy.url}/v1/chat/completions"
    told = httpx.post(url, content=sent, headers={"content-type": "application/json"}, timeout=10)
    assert told.status_code == 200
    assert list(desk_of(proxy).drifts.followed) == ["?"]
    assert summed(proxy.url)["model"] == "?"
