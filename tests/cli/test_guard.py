"""The guard's commands, and bench --policy, on a scripted model."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dubito.cli.setting_up
import dubito.guard.guard
from dubito.cli import app
from dubito.data.files import save_questions
from scripted import Scripted, passage, puzzle

NAMES = "perplexity,lexical-similarity"
OPTIONS = ("-e", NAMES, "-k", "4", "-m", "scripted")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Questions to fit on, fresh ones, passages; every model that is loaded is the scripted one."""
    for module in (dubito.guard.guard, dubito.cli.setting_up):
        monkeypatch.setattr(module, "load", lambda name: Scripted(0.5, name=name))
    save_questions(tmp_path / "known.jsonl", [puzzle(i) for i in range(160)])
    save_questions(tmp_path / "fresh.jsonl", [puzzle(i) for i in range(150, 250)])
    lines = [json.dumps(passage(i)) for i in range(250)]
    (tmp_path / "passages.jsonl").write_text("\n".join(lines))
    return tmp_path


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "200"})
    assert done.exception is None, done.output
    return done.stdout


def test_fit_inspect_ask_eval(files: Path) -> None:
    folder = files / "guard"
    search = ("--retrieve", files / "passages.jsonl", "--retrieve-budget", "0.7")
    told = run("guard", "fit", "-o", folder, "-d", files / "known.jsonl", *search, *OPTIONS)
    assert "Fitted on 160 questions. At most 10% of the answers given are wrong" in told

    seen = run("guard", "inspect", folder)
    assert "perplexity, lexical-similarity; 4 samples" in seen
    assert "at most 70% of the questions" in seen
    assert json.loads(run("guard", "inspect", folder, "--json"))["samples"] == 4

    answer = json.loads(run("guard", "ask", folder, "What is thing 240?", "--json"))
    assert answer["text"] == "Thing240"
    assert answer["cost"]["generations"] in (5, 10)
    assert answer["reasons"]
    assert "Thing241" in run("guard", "ask", folder, "What is thing 241?")

    judged = json.loads(run("guard", "eval", folder, "-d", files / "fresh.jsonl", "--json"))
    assert judged["questions"] == 90
    assert judged["seen"] == 10
    assert judged["gain"]["low"] > 0.2
    assert judged["wrong_upper"] <= 0.1
    assert sum(judged["actions"].values()) == 90
    assert "90 fresh questions, 10 seen" in run(
        "guard", "eval", folder, "-d", files / "fresh.jsonl"
    )


def test_a_guard_is_not_judged_by_what_it_knows(files: Path) -> None:
    run("guard", "fit", "-o", files / "g", "-d", files / "known.jsonl", *OPTIONS)
    done = CliRunner().invoke(
        app, ["guard", "eval", str(files / "g"), "-d", str(files / "known.jsonl")]
    )
    assert "give it fresh ones" in str(done.exception)


def test_few_labels_say_what_to_do(files: Path) -> None:
    told = run("guard", "fit", "-o", files / "g", "-d", files / "known.jsonl", "-n", "10", *OPTIONS)
    assert "give more labels" in told
    answer = run("guard", "ask", files / "g", "What is thing 3?")
    assert "abstain: I do not know." in answer
    assert "what it would have said" in answer


def test_a_policy_is_benched(files: Path) -> None:
    words = ("bench", "-d", files / "known.jsonl", "--policy", files / "passages.jsonl", *OPTIONS)
    out = files / "run"
    results = json.loads(run(*words, "-o", out, "--json", "--risk", "0.2"))
    assert results["always"] > 0.9 > results["never"] + 0.2
    assert results["curve"][10]["accuracy"] > results["curve"][10]["at_random"] + 0.1
    assert results["splits"]["budget_kept"] > 0.85
    page = (out / "policy.html").read_text()
    assert "What help for the most doubtful buys" in page
    assert "<svg" in page
    assert "http" not in page.replace("http-equiv", "")
    shown = run(*words, "-o", out, "--risk", "0.2")  # from the evidence that is kept
    assert "Over 200 random halves" in shown


def test_another_model_is_help_too(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one knows little, the other much; the page names the other."""
    knows = {"scripted": 0.3, "larger": 0.9}
    monkeypatch.setattr(
        dubito.cli.setting_up, "load", lambda name: Scripted(knows[name], name=name)
    )
    words = ("bench", "-d", files / "known.jsonl", "--policy", "model:larger", *OPTIONS)
    results = json.loads(run(*words, "-o", files / "run", "--json"))
    assert results["always"] > 0.8
    assert results["never"] < 0.4
    assert "always larger" in (files / "run" / "policy.html").read_text()
