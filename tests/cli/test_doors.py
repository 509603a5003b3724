"""The command line as a user meets it; what is wrong says how to mend it."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from dubito.models.stored import evidence_from_texts
from dubito.store import write_evidence


def dubito(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from dubito.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told_error(*words: str | Path) -> str:
    done = dubito(*words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


@pytest.fixture
def said(tmp_path: Path) -> Path:
    file = tmp_path / "evidence.parquet"
    records = [
        evidence_from_texts("Capital of Peru?", "Lima", ["Lima", "Cusco", "Lima"]),
        evidence_from_texts("Capital of Mali?", "Bamako", ["Bamako", "Bamako", "Bamako"]),
    ]
    write_evidence(file, records)
    return file


def test_score_needs_no_model(said: Path) -> None:
    """Lima, Cusco, Lima: one of three pairs is equal, so the mean similarity is 1/3; Mali: 1."""
    done = dubito("score", said, "-e", "lexical-similarity,g-nll", "-k", "3", "--json")
    peru, mali = json.loads(done.stdout)
    assert peru["doubt"]["lexical-similarity"]["value"] == pytest.approx(2 / 3)
    assert mali["doubt"]["lexical-similarity"]["value"] == pytest.approx(0)
    assert peru["doubt"]["g-nll"] == {"value": None, "reason": "only text was given"}


def test_workers_score_the_same(said: Path, tmp_path: Path) -> None:
    """Three parts in a folder, scored by two processes: the same lines in the same order."""
    for i in range(3):
        record = evidence_from_texts(
            f"Question {i}?", "Lima", ["Lima", "Cusco", "Lima", "Lima"][i : i + 2]
        )
        write_evidence(tmp_path / "run" / f"part-{i}.parquet", [record])
    words = (
        "score",
        tmp_path / "run",
        "-e",
        "lexical-similarity,degree-matrix",
        "-k",
        "2",
        "--csv",
    )
    alone = dubito(*words)
    assert len(alone.stdout.splitlines()) == 4
    assert dubito(*words, "--workers", "2").stdout == alone.stdout


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is installed here")
def test_ray_that_is_not_there_is_named(said: Path) -> None:
    assert "dubito[ray]" in told_error("score", said, "-k", "3", "--engine", "ray")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: 'dubito[ray]'")
def test_a_cluster_scores_the_same(said: Path) -> None:
    words = ("score", said, "-e", "lexical-similarity,g-nll", "-k", "3", "--json")
    assert dubito(*words, "--engine", "ray", "--workers", "1").stdout == dubito(*words).stdout


def test_score_as_csv_leaves_what_is_missing_empty(said: Path) -> None:
    done = dubito("score", said, "-e", "lexical-similarity,g-nll", "-k", "3", "--csv")
    lines = done.stdout.splitlines()
    assert lines[0] == "id,prompt,answer,lexical-similarity,g-nll"
    assert lines[2].endswith(",0.0,")


def test_methods_as_json() -> None:
    rows = json.loads(dubito("methods", "--json").stdout)
    sar = next(r for r in rows if r["id"] == "sar")
    assert {"id", "room", "needs", "verdict"} <= set(sar)
    assert sar["needs"] == ["text", "logprobs"]
    black_box = json.loads(dubito("methods", "--access", "text", "--json").stdout)
    assert "sar" not in {r["id"] for r in black_box}
    assert "lexical-similarity" in {r["id"] for r in black_box}


def test_one_method_is_explained() -> None:
    told = dubito("methods", "show", "sar").stdout
    assert "Shifting Attention" in told
    shown = json.loads(dubito("methods", "show", "sar", "--json").stdout)
    assert shown["example"] in told + "\n"
    assert (shown["family"], shown["levels"], shown["direction"]) == (
        "semantic",
        ["prompt"],
        "doubt",
    )
    exec(compile(shown["example"], "example", "exec"), {})


def test_methods_are_filtered_by_their_labels() -> None:
    words = ("--labels", "none", "--calls", "2", "--access", "text", "--room", "estimate", "--json")
    rows = json.loads(dubito("methods", *words).stdout)
    assert {r["family"] for r in rows} == {"verbalised"}
    rows = json.loads(dubito("methods", "--output", "probability", "--json").stdout)
    assert {r["room"] for r in rows} == {"calibrate"}
    rows = json.loads(dubito("methods", "--level", "token", "--family", "token", "--json").stdout)
    assert "perplexity" in {r["id"] for r in rows}
    assert all("token" in r["levels"] for r in rows)


def test_coverage_of_the_survey() -> None:
    table = json.loads(dubito("methods", "--coverage", "--json").stdout)
    assert table["token"]["logprobs"] > 5
    assert table["token"]["gradient"] == 0
    assert "verbalised" in dubito("methods", "--coverage").stdout


def test_advise_says_what_a_cheap_baseline_beats() -> None:
    """On the facts that come with dubito: comparing words loses, the density of meanings not."""
    words = ("advise", "--access", "logprobs", "--calls", "11")
    rows = {r["id"]: r for r in json.loads(dubito(*words, "--json").stdout)}
    assert rows["lexical-similarity"]["loses_to_perplexity"]
    assert not rows["semantic-density"]["loses_to_perplexity"]
    assert not rows["perplexity"]["loses_to_perplexity"]
    assert "x: plainly below perplexity" in dubito(*words).stdout


def test_advise_keeps_to_the_budget() -> None:
    rows = json.loads(dubito("advise", "--access", "logprobs", "--calls", "1", "--json").stdout)
    assert "g-nll" in {r["id"] for r in rows}
    assert "sar" not in {r["id"] for r in rows}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("methods", "show", "semantic-entrpy"), "did you mean semantic-entropy"),
        (("ask", "Who?", "-e", "sarr"), "did you mean sar"),
        (("ask", "Who?", "-m", "smolm2"), "did you mean 'smollm2'"),
        (("ask", "Who?", "-m", "openai:x"), "openai:<model>@http(s)://"),
        (("bench", "-d", "nothing.csv"), "facts, arithmetic"),
        (("score", "nowhere.parquet"), "dubito collect"),
        (("advise", "--access", "all", "--calls", "1"), "text, logprobs, logits"),
        (("advise", "--access", "text", "--calls", "1", "--labels", "many"), "none, training"),
        (("methods", "--access", "text,weights"), "no access 'weights'; there are: text, logprobs"),
        (("methods", "--family", "tokens"), "there are: token, verbalised"),
        (("bench", "--engine", "spark"), "no engine 'spark'; there are: local, ray"),
        (("collect", "--engine", "spark"), "no engine 'spark'; there are: local, ray"),
        (("score", "x.parquet", "--engine", "spark"), "there are: local, ray"),
        (("claims", "run", "sar", "--engine", "spark"), "there are: local, ray"),
        (("collect", "--gpus", "1"), "--gpus is for --engine ray"),
        (("stream", "Who?", "-e", "semantic-entropy"), "semantic-entropy cannot be streamed"),
        (("ask", "Who?", "-e", "mahalanobis"), "'mahalanobis' has to be fitted first"),
        (("ask", "Who?", "-e", "self-detection"), "reads several ways of asking"),
        (("ask", "Who?", "-e", "luq"), "doubts sentences of a long answer"),
        (("claims", "run"), "name a claim"),
        (("claims", "run", "sarr"), "no claim 'sarr'"),
    ],
)
def test_a_mistake_says_how_to_mend_it(words: tuple[str, ...], told: str) -> None:
    assert told in told_error(*words)


def test_files_of_questions_that_cannot_be_read(tmp_path: Path) -> None:
    empty, lacking, broken = (tmp_path / n for n in ("empty.csv", "lacking.csv", "broken.jsonl"))
    empty.write_text("")
    lacking.write_text("question,reply\nWho?,me\n")
    broken.write_text('{"question": "Who?", "answers": ["me"]}\n{"question": \n')
    out = tmp_path / "run"
    assert "empty.csv" in told_error("bench", "-d", empty, "-o", out)
    assert "answers" in told_error("bench", "-d", lacking, "-o", out)
    assert "line 2" in told_error("bench", "-d", broken, "-o", out)
    assert not out.exists()


def test_a_server_that_is_down(tmp_path: Path) -> None:
    told = told_error(
        "ask", "Who?", "-m", "openai:m@http://127.0.0.1:9/v1", "-e", "g-nll", "-k", "0"
    )
    assert "http://127.0.0.1:9/v1" in told


def test_what_was_said_before_becomes_evidence(tmp_path: Path) -> None:
    file, out = tmp_path / "said.jsonl", tmp_path / "run"
    lines = [{"question": "Capital of Peru?", "answer": "Lima", "samples": ["Lima", "Cusco"]}]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    done = dubito("collect", "--said", file, "-o", out, "-e", "lexical-similarity", "-k", "2")
    assert done.returncode == 0, done.stderr
    scored = json.loads(
        dubito("score", out, "-e", "lexical-similarity", "-k", "2", "--json").stdout
    )
    assert scored[0]["doubt"]["lexical-similarity"]["value"] == pytest.approx(1)
    file.write_text('{"question": "Who?"}')
    assert "line 1" in told_error("collect", "--said", file, "-o", out)
