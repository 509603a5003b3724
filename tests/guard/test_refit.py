"""A guard learned anew from judged answers."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dubito.cli import app
from dubito.guard import Abstain, Guard, Retrieve
from dubito.guard.refit import refit
from scripted import Scripted, puzzle

NAMES = ("perplexity", "lexical-similarity")


def judged(count: int, *, names: tuple[str, ...] = NAMES) -> list[dict]:
    """Right where the doubt is below one half; ids tell them apart."""
    rng = np.random.default_rng(0)
    doubt = rng.random(count)
    return [
        {"id": f"{i:032x}", "doubts": dict.fromkeys(names, float(d)), "right": bool(d < 0.5)}
        for i, d in enumerate(doubt)
    ]


def test_confidence_follows_the_judgements() -> None:
    """Fitted on a world where doubt is 0.05 and 0.8, refitted where one half divides."""
    guard = Guard(Scripted(0.5), [Abstain(risk=0.2)], names=NAMES, samples=4)
    guard.fit([puzzle(i) for i in range(100)])
    made = refit(guard, judged(400))
    sure = made.router_.confidence(0, np.array([[0.1, 0.1], [0.9, 0.9]]), None)
    assert sure[0] > 0.9
    assert sure[1] < 0.1
    assert made.fitted_on_[0] == "0" * 32


def test_a_doubt_that_was_not_measured_is_unknown_not_zero() -> None:
    rows = judged(60)
    for row in rows[::3]:
        row["doubts"]["perplexity"] = None
    guard = refit(Guard(Scripted(), names=NAMES, samples=4), rows)
    holes = guard.router_.confidence(0, np.array([[np.nan, 0.1], [0.0, 0.1]]), None)
    assert np.isfinite(holes).all()


def test_what_cannot_be_refitted_is_refused() -> None:
    with pytest.raises(ValueError, match="one way of answering"):
        refit(Guard(Scripted(), [Retrieve(["a"])], names=NAMES), judged(10))
    with pytest.raises(ValueError, match="lack a doubt by one of"):
        refit(Guard(Scripted(), names=NAMES), judged(10, names=("sar",)))
    with pytest.raises(ValueError, match="4"):
        refit(Guard(Scripted(), names=NAMES), judged(3))


def test_from_the_records_of_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy")
    from dubito.serve.records import FEEDBACK, REQUESTS, Records

    monkeypatch.setattr("dubito.guard.guard.load", lambda name: Scripted(0.5, name=name))
    guard = Guard("scripted", [Abstain(risk=0.2)], names=NAMES, samples=4)
    guard.fit([puzzle(i) for i in range(100)]).save(tmp_path / "guard")
    url = f"sqlite:///{tmp_path}/r.db"
    records = Records(url)
    digests = {"prompt_digest": "", "evidence_digest": ""}
    for at, row in enumerate(judged(200)):
        kept = {"id": row["id"], "at": at, "model": "m", "doubts": json.dumps(row["doubts"])}
        spent = {"action": "answer", "tokens": 1, "seconds": 0.0}
        records.write(REQUESTS, kept | digests | spent).result(5)
        records.write(FEEDBACK, {"record": row["id"], "at": at, "right": row["right"]}).result(5)
    records.close()
    command = ["guard", "refit", str(tmp_path / "guard"), "--from-records", url]
    done = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert done.exception is None, done.output
    assert "Fitted on 200 questions" in done.stdout
    loaded = Guard.load(tmp_path / "guard")
    assert loaded.fitted_on_[-1] == f"{199:032x}"
