"""A run on disk: cut off, taken up again, and never mixed with another."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dubito.bench.run import Run, RunError, collect_run, open_run, saved_run
from dubito.data.question import DataError, Question
from dubito.models.base import SHARD, ModelError
from dubito.models.collect import Collector
from dubito.spread import Engine, Processes, WorkerLost
from dubito.store import StoreError
from oracle import GENERATION, PLAN, Oracle, OracleAt
from ray_cluster import EACH_ENGINE, two_workers

QUESTIONS = [Question(f"What is {i} + 1?", (f"{i + 1}",), id=f"q{i}") for i in range(2 * SHARD + 5)]


def run_in(folder: Path) -> Run:
    return open_run(folder, QUESTIONS, model="oracle", plan=PLAN, generation=GENERATION)


def collect(run: Run, model: Oracle, progress: Callable[[int], None] | None = None) -> None:
    collect_run(run, lambda: Collector(model), PLAN, GENERATION, progress=progress)


def contents(folder: Path) -> dict[str, bytes]:
    """All evidence and questions, byte by byte."""
    files = [*folder.rglob("*.parquet"), folder / "questions.jsonl", folder / "run.json"]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


def test_a_run_from_start_to_end(tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    assert [len(s) for s in run.lacking()] == [SHARD, SHARD, 5]
    model, done = Oracle(), []
    collect(run, model, done.append)
    assert model.asked == sum(done) == len(QUESTIONS)
    assert run.lacking() == []
    found = run.evidence()
    assert [e.id for e in found] == [q.id for q in QUESTIONS]
    assert [e.prompt for e in found] == [q.text for q in QUESTIONS]
    assert [e.answer.text for e in found] == [Oracle.said(f"{q.text}0").text for q in QUESTIONS]


@pytest.mark.parametrize("lives", [0, 1, SHARD, SHARD + 20, 2 * SHARD])
def test_a_run_that_was_cut_ends_like_one_that_was_not(lives: int, tmp_path: Path) -> None:
    whole = run_in(tmp_path / "whole")
    collect(whole, Oracle())
    broken = run_in(tmp_path / "cut")
    with pytest.raises(ModelError):
        collect(broken, Oracle(lives=lives))
    assert len(broken.lacking()) == 3 - lives // SHARD
    taken_up, model, done = run_in(tmp_path / "cut"), Oracle(), []
    collect(taken_up, model, done.append)
    assert model.asked == len(QUESTIONS) - lives // SHARD * SHARD
    assert done[0] == lives // SHARD * SHARD  # the bar starts where the run was
    assert sum(done) == len(QUESTIONS)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_part_that_cannot_be_written_is_collected_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the second part."""
    run, write = run_in(tmp_path / "run"), pq.write_table
    parts: list[Path] = []

    def full(table: object, file: Path, **options: object) -> None:
        parts.append(file)
        if len(parts) == 2:
            Path(file).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        write(table, file, **options)

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        collect(run, Oracle())
    assert len(run.lacking()) == 2
    model = Oracle()
    collect(run, model)
    assert model.asked == len(QUESTIONS) - SHARD
    assert len(run.evidence()) == len(QUESTIONS)


def test_a_finished_run_loads_no_model(tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    collect(run, Oracle())
    before = contents(tmp_path / "run")

    def never() -> Collector:
        raise AssertionError("loaded")

    collect_run(run_in(tmp_path / "run"), never, PLAN, GENERATION)
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("model", "model was oracle, is other"),
        ("plan", "plan was .*'samples': 2.*, is .*'samples': 3"),
        ("generation", "generation was .*'seed': 3.*, is .*'seed': 4"),
        ("judge", "judge was words, is nli"),
        ("questions", "questions was [0-9a-f]+, is [0-9a-f]+"),
    ],
)
def test_another_run_in_the_same_folder(name: str, told: str, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run")
    collect(run, Oracle())
    before = contents(tmp_path / "run")
    asked = {
        "model": "oracle",
        "plan": PLAN,
        "generation": GENERATION,
        "judge": "words",
        "questions": QUESTIONS,
    }
    other = {
        "model": "other",
        "plan": replace(PLAN, samples=3),
        "generation": replace(GENERATION, seed=4),
        "judge": "nli",
        "questions": QUESTIONS[:-1],
    }
    asked[name] = other[name]
    with pytest.raises(RunError, match=rf"holds another run \({told}.*\); give another --out"):
        open_run(tmp_path / "run", asked.pop("questions"), **asked)  # type: ignore[arg-type]
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize("field", ["text", "answers", "all_of", "id"])
def test_a_question_that_changed_is_another_run(field: str, tmp_path: Path) -> None:
    run_in(tmp_path)
    new = {"text": "Why?", "answers": ("x",), "all_of": (("y",),), "id": "z"}[field]
    asked = [*QUESTIONS[:-1], replace(QUESTIONS[-1], **{field: new})]
    with pytest.raises(RunError, match="questions was"):
        open_run(tmp_path, asked, model="oracle", plan=PLAN, generation=GENERATION)


def test_a_saved_run(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    collect(run, Oracle())
    saved = saved_run(tmp_path)
    assert saved.questions == QUESTIONS
    assert saved.settings == run.settings
    assert [e.id for e in saved.evidence()] == [q.id for q in QUESTIONS]
    with pytest.raises(RunError, match=r"no run in .*nothing; make one with `dubito bench"):
        saved_run(tmp_path / "nothing")


def test_a_run_without_evidence(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    with pytest.raises(StoreError, match="no evidence"):
        run.evidence()
    assert run.cost().stages == {}


def test_questions_that_cannot_be_saved_make_no_run(tmp_path: Path) -> None:
    for questions in ([], [QUESTIONS[0]] * 2):
        with pytest.raises(DataError):
            open_run(tmp_path, questions, model="oracle", plan=PLAN, generation=GENERATION)
        assert not (tmp_path / "run.json").exists()


def test_costs_of_several_sittings_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ticks once a look: each part costs one tick, and the failed one none."""
    ticks = itertools.count()
    monkeypatch.setattr("dubito.models.collect.moment", lambda: (t := float(next(ticks)), 2 * t))
    run = run_in(tmp_path)
    with pytest.raises(ModelError):
        collect(run, Oracle(lives=SHARD))
    assert run.cost().stages == {"generation": (1, 2)}
    collect(run, Oracle())
    assert run.cost().stages == {"generation": (3, 6)}


def test_parts_sort_as_their_questions(tmp_path: Path) -> None:
    run = Run(tmp_path, {}, QUESTIONS * 5)
    names = [run.part(s).name for s in run.lacking()]
    assert len(names) > 10
    assert names == sorted(names)


def spread_contents(folder: Path, engine: Engine, make: OracleAt) -> dict[str, bytes]:
    """What stands in the folder after an engine's workers have collected it."""
    done: list[int] = []
    collect_run(run_in(folder), make, PLAN, GENERATION, engine=engine, progress=done.append)
    assert sum(done) == len(QUESTIONS)
    return contents(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with two_workers():
        yield


@EACH_ENGINE
def test_workers_make_the_same_bytes(engine: Engine, cluster: None, tmp_path: Path) -> None:
    collect(run_in(tmp_path / "whole"), Oracle())
    got = spread_contents(tmp_path / "spread", engine, OracleAt(str(tmp_path)))
    assert got == contents(tmp_path / "whole")
    loads = Counter(path.name.split(".")[1] for path in tmp_path.glob("loaded.*"))
    assert set(loads.values()) == {1}, "a worker loads its model once"
    assert len(loads) <= 2


@EACH_ENGINE
def test_a_worker_that_dies_loses_nothing(
    engine: Engine, cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of its second shard: the shard is made again, each is written once."""
    collect(run_in(tmp_path / "whole"), Oracle())
    written: list[str] = []
    write = pq.write_table

    def counted(table: object, file: Path, **options: object) -> None:
        written.append(Path(file).name.split(".")[1])
        write(table, file, **options)

    monkeypatch.setattr(pq, "write_table", counted)
    make = OracleAt(str(tmp_path), deadly=QUESTIONS[SHARD + 7].text)
    got = spread_contents(tmp_path / "spread", engine, make)
    assert (tmp_path / "killed").exists()
    assert got == contents(tmp_path / "whole")
    assert sorted(written) == [f"part-{start:06d}" for start in (0, SHARD, 2 * SHARD)]


def test_an_error_in_a_worker_keeps_what_is_whole(tmp_path: Path) -> None:
    """The second shard is refused: the third is not begun; then it goes on."""
    make = OracleAt(str(tmp_path), deadly=QUESTIONS[SHARD + 3].text, refuses=True)
    run = run_in(tmp_path / "run")
    with pytest.raises(ModelError, match="went away"):
        collect_run(run, make, PLAN, GENERATION, engine=Processes(1))
    assert [s.start for s in run.lacking()] == [SHARD, 2 * SHARD]
    collect(run_in(tmp_path / "whole"), Oracle())
    got = spread_contents(tmp_path / "run", Processes(1), OracleAt(str(tmp_path)))
    assert got == contents(tmp_path / "whole")


def test_a_shard_that_kills_every_worker_is_told(tmp_path: Path) -> None:
    make = OracleAt(str(tmp_path), deadly=QUESTIONS[0].text, again=True)
    with pytest.raises(WorkerLost, match="out of memory"):
        collect_run(run_in(tmp_path / "run"), make, PLAN, GENERATION, engine=Processes(2))
