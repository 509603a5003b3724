"""Texts that were scored have records of their own, on which people may judge."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

from dubito.serve.records import judged_at
from dubito.serve.settings import Settings
from serve.conftest import Proxied

ASK = [{"role": "user", "content": "What is the capital of Peru?"}]
TEXTS = {"question": "a secret question", "answer": "Lima", "samples": ["Lima", "Cusco"]}


def score(proxy: Proxied, **more: object) -> dict:
    told = httpx.post(f"{proxy.url}/score", json=TEXTS | more, timeout=10)
    assert told.status_code == 200, told.text
    return told.json()


def summed(proxy: Proxied, **asked: str) -> dict:
    return httpx.get(f"{proxy.url}/summary", params=asked, timeout=10).json()


def answered(proxy: Proxied, **more: object) -> dict:
    body = {"model": "stub", "messages": ASK, **more}
    return httpx.post(f"{proxy.url}/v1/chat/completions", json=body, timeout=10).json()


def test_a_score_may_be_judged_and_is_no_answer(proxy: Proxied) -> None:
    """One answer and two scores, of which one is judged: neither sees the other."""
    first, second = score(proxy), score(proxy)
    said = httpx.post(f"{proxy.url}/feedback", json={"record": first["record"], "right": True})
    assert said.json() == {"record": first["record"], "right": True}
    answered(proxy)
    scores, answers = summed(proxy, kind="score"), summed(proxy)
    assert first["record"] != second["record"]
    assert (scores["requests"], scores["feedback"]["n"], scores["feedback"]["right"]) == (2, 1, 1)
    assert scores["feedback"]["risk_coverage"]["risk"] == [0.0]
    assert (answers["requests"], answers["feedback"]["n"]) == (1, 0)
    assert judged_at(proxy.records) == []  # nothing that a guard could learn from


def test_scores_are_no_drift_of_answers(proxy: Proxied) -> None:
    answered(proxy)
    before = summed(proxy)["drift"]
    for _ in range(5):
        score(proxy)
    assert summed(proxy)["drift"] == before
    assert summed(proxy, kind="score")["drift"]["log_martingale"] != before["log_martingale"]


def test_a_stored_response_names_its_model(proxy: Proxied) -> None:
    stored = answered(proxy, logprobs=True)
    score(proxy, response=stored)
    score(proxy)
    assert summed(proxy, kind="score", model="stub")["requests"] == 1
    assert summed(proxy, kind="score", model="")["requests"] == 1
    score(proxy, response=stored)
    two, one = summed(proxy, kind="score", model="stub"), summed(proxy, model="stub")
    assert (two["requests"], one["requests"]) == (2, 1)
    assert two["drift"] != one["drift"]
    assert summed(proxy, kind="score")["requests"] == 3


def test_its_words_are_kept_only_where_logging_is_on(
    proxy_with: Callable[..., Proxied], tmp_path: Path
) -> None:
    for log, words in ((False, (None, None)), (True, ("a secret question", "Lima"))):
        file = tmp_path / f"{log}.db"
        score(proxy_with(Settings(records=f"sqlite:///{file}", log_prompts=log)))
        with closing(sqlite3.connect(file)) as kept:
            found = kept.execute("SELECT prompt, answer, kind FROM dubito_requests").fetchall()
        assert found == [(*words, "score")]


def test_without_records_a_score_says_so(proxy_with: Callable[..., Proxied]) -> None:
    told = score(proxy_with(Settings(records=None)))
    assert told["record"] is None
    assert "keeps no records" in told["not_recorded"]
