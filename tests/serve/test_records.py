"""What is kept of a request, and what the records say together."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import numpy as np
import pytest
from sqlalchemy import insert

from dubito.calibrate.drift import DriftMartingale
from dubito.serve.records import Records, RecordsDown, judged_at
from dubito.serve.settings import Settings
from dubito.serve.summary import main_doubt, summary
from dubito.serve.tables import FEEDBACK, REQUESTS
from serve.conftest import Proxied

ASK = [{"role": "user", "content": "a secret question"}]


def ask(proxy: Proxied) -> str:
    body = {"model": "stub", "messages": ASK}
    told = httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10)
    return told.json()["dubito"]["record"]


def row(number: int, **more: object) -> dict:
    plain = {
        "id": f"{number:032x}",
        "at": float(number),
        "model": "stub",
        "prompt_digest": "0" * 64,
        "evidence_digest": "0" * 64,
        "prompt": None,
        "answer": None,
        "doubts": json.dumps({"perplexity": number / 10}),
        "confidence": None,
        "action": "answer",
        "tokens": 3,
        "seconds": 0.1,
    }
    return plain | more


def judge(records: Records, number: int, *, right: bool) -> None:
    said = {"record": f"{number:032x}", "at": 0.0, "right": right}
    records.write(FEEDBACK, said).result(timeout=5)


def test_words_are_kept_only_where_logging_is_on(
    proxy_with: Callable[..., Proxied], tmp_path: Path
) -> None:
    for log, words in ((False, [(None, None)]), (True, [("a secret question", "Lima.")])):
        file = tmp_path / f"{log}.db"
        ask(proxy_with(Settings(records=f"sqlite:///{file}", log_prompts=log)))
        with closing(sqlite3.connect(file)) as kept:
            assert kept.execute("SELECT prompt, answer FROM dubito_requests").fetchall() == words
        assert (b"secret" in file.read_bytes() + wal(file)) == log


def wal(file: Path) -> bytes:
    beside = file.with_name(file.name + "-wal")
    return beside.read_bytes() if beside.exists() else b""


def test_feedback_the_last_word_counts(proxy: Proxied) -> None:
    record = ask(proxy)
    for right in (True, False):
        told = httpx.post(f"{proxy.url}/feedback", json={"record": record, "right": right})
        assert told.json() == {"record": record, "right": right}
    found = httpx.get(f"{proxy.url}/summary").json()["feedback"]
    assert (found["n"], found["right"]) == (1, 0.0)
    missing = httpx.post(f"{proxy.url}/feedback", json={"record": "0" * 32, "right": True})
    assert missing.status_code == 404
    malformed = httpx.post(f"{proxy.url}/feedback", json={"record": "x", "right": True})
    assert malformed.status_code == 422


def test_judged_rows_come_oldest_first_with_their_doubts(tmp_path: Path) -> None:
    records = Records(f"sqlite:///{tmp_path}/r.db")
    for number in (3, 1, 2):
        records.write(REQUESTS, row(number)).result(timeout=5)
    judge(records, 3, right=True)
    judge(records, 1, right=False)
    found = records.judged()
    assert [(r["at"], r["right"], r["doubts"]["perplexity"]) for r in found] == [
        (1.0, False, 0.1),
        (3.0, True, 0.3),
    ]
    assert [r["at"] for r in records.latest(limit=2)] == [2.0, 3.0]
    records.close()


def test_one_bad_row_does_not_take_others_with_it(tmp_path: Path) -> None:
    """Four rows wait together, one of them twice: three are kept, the twin is refused."""
    records = Records(f"sqlite:///{tmp_path}/r.db")
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")  # until all wait
        first = records.write(REQUESTS, row(0))
        rest = [records.write(REQUESTS, row(n)) for n in (1, 2, 2, 3)]
        lock.execute("ROLLBACK")
    first.result(timeout=5)
    outcomes = [future.exception(timeout=5) for future in rest]
    assert [type(o) for o in outcomes].count(RecordsDown) == 1
    assert [r["at"] for r in records.latest()] == [0.0, 1.0, 2.0, 3.0]
    records.close()


def test_summary_by_hand() -> None:
    """Confidences .9 right, .8 wrong, .2 wrong: risk 0, 1/2, 2/3; Brier (.01 + .64 + .04) / 3."""
    rows = [
        row(n, confidence=c, right=r, doubts={})
        for n, (c, r) in enumerate([(0.9, True), (0.8, False), (0.2, False)])
    ]
    told = summary(rows, rows, DriftMartingale().fit())
    assert told["mean_confidence"] == pytest.approx(1.9 / 3)
    assert told["feedback"]["right"] == pytest.approx(1 / 3)
    assert told["feedback"]["risk_coverage"]["risk"] == pytest.approx([0, 1 / 2, 2 / 3])
    assert told["feedback"]["risk_coverage"]["auroc"] == 1.0
    assert told["feedback"]["calibration"]["brier"] == pytest.approx(0.23)
    assert told["drift"]["log_martingale"] == pytest.approx(0, abs=1e-12)
    assert told["drift"]["limit"] == pytest.approx(np.log(100))
    assert not told["drift"]["alarm"]


def test_nothing_recorded_is_nothing_said() -> None:
    told = summary([], [], DriftMartingale().fit())
    assert told["mean_confidence"] is None
    assert told["feedback"] == {"n": 0, "right": None}
    json.dumps(told, allow_nan=False)


def test_main_doubt_is_the_confidence_or_the_first_that_is_known() -> None:
    assert main_doubt({"confidence": 0.75, "doubts": {"a": 3.0}}) == 0.25
    assert main_doubt({"confidence": None, "doubts": {"a": None, "b": 2.0}}) == 2.0
    assert np.isnan(main_doubt({"confidence": None, "doubts": {}}))


def test_drift_goes_on_after_a_restart(proxy_with: Callable[..., Proxied], tmp_path: Path) -> None:
    """Sixty recorded doubts that rose all the time raise the alarm before anything is asked."""
    url = f"sqlite:///{tmp_path}/drift.db"
    records = Records(url)
    for number in range(60):
        records.write(REQUESTS, row(number)).result(timeout=5)
    records.close()
    proxy = proxy_with(Settings(records=url))
    assert httpx.get(f"{proxy.url}/summary").json()["drift"]["alarm"]


def test_all_judged_answers_teach(tmp_path: Path) -> None:
    """One more than a summary takes: the first of them, of whoever it is, is there as well."""
    url = f"sqlite:///{tmp_path}/r.db"
    records, count = Records(url), 10_001
    said = [{"record": f"{n:032x}", "at": 0.0, "right": True} for n in range(count)]
    with records.engine.begin() as connection:
        connection.execute(insert(REQUESTS), [row(n, answered_by="m") for n in range(count)])
        connection.execute(insert(FEEDBACK), said)
    assert records.judged()[0]["at"] == 1.0
    records.close()
    assert [r["at"] for r in judged_at(url)] == [float(n) for n in range(count)]
