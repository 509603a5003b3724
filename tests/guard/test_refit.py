"""A guard learned anew from judged answers."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dubito.cli import app
from dubito.guard import Abstain, Escalate, Guard, Retrieve
from dubito.guard.fingerprint import asking, fingerprint
from dubito.guard.policy import Step
from dubito.guard.refit import refit
from dubito.models.base import Generation
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
    made = refit(guard, judged(400), unnamed=True)
    sure = made.router_.confidence(0, np.array([[0.1, 0.1], [0.9, 0.9]]), None)
    assert sure[0] > 0.9
    assert sure[1] < 0.1
    assert made.fitted_on_[0] == "0" * 32


def test_a_doubt_that_was_not_measured_is_unknown_not_zero() -> None:
    rows = judged(60)
    for row in rows[::3]:
        row["doubts"]["perplexity"] = None
    guard = refit(Guard(Scripted(), names=NAMES, samples=4), rows, unnamed=True)
    holes = guard.router_.confidence(0, np.array([[np.nan, 0.1], [0.0, 0.1]]), None)
    assert np.isfinite(holes).all()


def test_what_cannot_be_refitted_is_refused() -> None:
    with pytest.raises(ValueError, match="one way of answering"):
        refit(Guard(Scripted(), [Retrieve(["a"])], names=NAMES), judged(10))
    with pytest.raises(ValueError, match="lack a doubt by one of"):
        refit(Guard(Scripted(), names=NAMES), judged(10, names=("sar",)), unnamed=True)
    with pytest.raises(ValueError, match="4"):
        refit(Guard(Scripted(), names=NAMES), judged(3), unnamed=True)


def fitted(name: str = "scripted", **more: object) -> Guard:
    options = {"names": NAMES, "samples": 4} | more
    guard = Guard(Scripted(0.5, name=name), [Abstain(risk=0.2)], **options)  # type: ignore[arg-type]
    return guard.fit([puzzle(i) for i in range(60)])


def test_only_its_own_answers_teach_a_guard() -> None:
    """Of 30 rows each: of this guard, of it as it was before, of two others, of nobody."""
    guard = fitted()
    own = fingerprint(guard)
    before = own[:-1] + ("0" if own[-1] != "0" else "1")
    others = (fingerprint(fitted("larger")), "stub", None)
    rows = judged(150)
    for i, by in enumerate((own, before, *others)):
        for row in rows[30 * i : 30 * (i + 1)]:
            row["answered_by"] = by
    assert refit(fitted(), rows).fitted_on_ == tuple(row["id"] for row in rows[:60])
    unnamed = refit(fitted(), rows, unnamed=True).fitted_on_
    assert unnamed == tuple(row["id"] for row in rows[:60] + rows[120:])
    with pytest.raises(ValueError, match=r"stub \(30\).*unnamed \(30\)") as caught:
        refit(fitted(), rows[60:])
    assert others[0] in str(caught.value)
    with pytest.raises(ValueError, match="4"):
        refit(fitted(), [])


def test_a_fingerprint_is_of_how_it_asks_and_of_what_it_knows(tmp_path: Path) -> None:
    guard = fitted()
    asks, knows = fingerprint(guard).split(".")
    guard.save(tmp_path / "g")
    assert fingerprint(Guard.load(tmp_path / "g")) == fingerprint(guard)
    short = fitted(generation=Generation(max_tokens=9))
    changed = (fitted("larger"), fitted(samples=5), fitted(names=NAMES[:1]), short)
    assert asks not in {fingerprint(other).split(".")[0] for other in changed}
    again = refit(fitted(), judged(60), unnamed=True)
    assert fingerprint(again).split(".")[0] == asks
    assert fingerprint(again).split(".")[1] != knows


def test_a_fingerprint_tells_steps_that_ask_again() -> None:
    """Other passages, another k, another larger model, none: six guards that ask differently."""

    def search(questions: object, k: int) -> list[list[str]]:
        return [[]]

    policies = (
        [],
        [Retrieve(["a"])],
        [Retrieve(["b"])],
        [Retrieve(["a"], k=2)],
        [Retrieve(search)],
        [Escalate("larger")],
    )
    made = [fitted() for _ in policies]
    for guard, policy in zip(made, policies, strict=True):
        guard.policy = tuple(policy)
    assert len({fingerprint(guard) for guard in made}) == 6


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (Escalate("larger"), Escalate("larger", samples=0), False),
        (Escalate("larger", samples=2), Escalate("larger", samples=0), False),
        (Escalate("larger", budget=0.1), Escalate("larger", budget=0.3), True),
        (Abstain(risk=0.1), Abstain(risk=0.2), True),
    ],
    ids=["samples or the usual", "samples or none", "budgets", "promises"],
)
def test_guards_ask_alike_whose_steps_differ_only_in_when(
    one: Step, other: Step, *, alike: bool
) -> None:
    first, second = (Guard(Scripted(), [step], names=NAMES) for step in (one, other))
    assert (asking(first) == asking(second)) is alike


def test_from_the_records_of_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy")
    from dubito.serve.records import Records
    from dubito.serve.tables import FEEDBACK, REQUESTS

    monkeypatch.setattr("dubito.guard.guard.load", lambda name: Scripted(0.5, name=name))
    guard = Guard("scripted", [Abstain(risk=0.2)], names=NAMES, samples=4)
    guard.fit([puzzle(i) for i in range(100)]).save(tmp_path / "guard")
    url = f"sqlite:///{tmp_path}/r.db"
    records = Records(url)
    digests = {"prompt_digest": "", "evidence_digest": ""}
    for at, row in enumerate(judged(200)):
        kept = {"id": row["id"], "at": at, "model": "m", "doubts": json.dumps(row["doubts"])}
        by = fingerprint(guard) if at else "another"  # which comes first
        spent = {"action": "answer", "tokens": 1, "seconds": 0.0, "answered_by": by}
        records.write(REQUESTS, kept | digests | spent).result(5)
        records.write(FEEDBACK, {"record": row["id"], "at": at, "right": row["right"]}).result(5)
    records.close()
    command = ["guard", "refit", str(tmp_path / "guard"), "--from-records", url]
    done = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert done.exception is None, done.output
    assert "Fitted on 199 questions" in done.stdout
    loaded = Guard.load(tmp_path / "guard")
    assert loaded.fitted_on_[-1] == f"{199:032x}"


def test_a_guard_that_was_served_over_another_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are of that model: refused until it is named, and then the guard is its own."""
    pytest.importorskip("sqlalchemy")
    monkeypatch.setattr("dubito.guard.guard.load", lambda name: Scripted(0.5, name=name))
    fitted().save(tmp_path / "guard")
    served = fingerprint(Guard.load(tmp_path / "guard", model="larger"))
    rows = [row | {"answered_by": served} for row in judged(50)]
    monkeypatch.setattr("dubito.serve.records.judged_at", lambda _: rows)
    command = ["guard", "refit", str(tmp_path / "guard"), "--from-records", "sqlite:///r.db"]
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, ValueError)
    assert served in str(refused.exception)
    done = CliRunner().invoke(app, [*command, "--model", "larger"], env={"COLUMNS": "200"})
    assert done.exception is None, done.output
    made = Guard.load(tmp_path / "guard")
    assert made.model == "larger"
    assert len(made.fitted_on_) == 50


def test_old_records_teach_where_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.setattr("dubito.guard.guard.load", lambda name: Scripted(0.5, name=name))
    fitted().save(tmp_path / "guard")
    rows = [row | {"answered_by": None} for row in judged(50)]
    monkeypatch.setattr("dubito.serve.records.judged_at", lambda _: rows)
    command = ["guard", "refit", str(tmp_path / "guard"), "--from-records", "sqlite:///r.db"]
    assert "--unnamed" in str(CliRunner().invoke(app, command).exception)
    assert CliRunner().invoke(app, [*command, "--unnamed"]).exception is None
    assert len(Guard.load(tmp_path / "guard").fitted_on_) == 50
