import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dubito.claims import runner
from dubito.claims.record import Result, read_result
from dubito.claims.runner import ClaimsFailed, run_claims
from dubito.spread import Engine, Processes, Ray
from ray_cluster import NO_RAY

GOOD = '''"""A claim of a test: it says that two is more than one."""
from dataclasses import dataclass
import time
from dubito.claims.lab import Claim

@dataclass(frozen=True)
class World:
    value: float
    def shuffled(self, rng):
        return World(float(rng.normal()))

def world(seed):
    time.sleep({seconds})
    return World(2.0 + seed / 1e6)

CLAIM = Claim(
    world=world,
    ours=lambda w: w.value,
    baselines={{"one": lambda w: 1.0 if w.value > 1.9 else 0.0}},
    margin=0.1, paper="x", paper_figure="none", seeds=5,
)
'''
DEADLY = GOOD.replace(
    "def world(seed):\n",
    """def world(seed):
    import os, pathlib, signal
    mark = pathlib.Path(__file__).parent / "killed"
    if seed == 1002 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
""",
)
BROKEN = GOOD.replace("lambda w: w.value,", "lambda w: w.missing,")


SOURCES = {"first": GOOD, "second": GOOD, "broken": BROKEN, "deadly": DEADLY}


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Claims that worker processes can import: two good ones and a broken one."""
    for name, text in SOURCES.items():
        (tmp_path / f"runner_{name}.py").write_text(text.format(seconds=0))
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = {name: f"tests.runner_{name}" for name in SOURCES}
    package = tmp_path / "tests"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in modules:
        (tmp_path / f"runner_{name}.py").rename(package / f"runner_{name}.py")
    monkeypatch.setattr(runner, "claim_modules", lambda: modules)
    yield modules
    for name in [m for m in sys.modules if m == "tests" or m.startswith("tests.runner_")]:
        del sys.modules[name]


def test_results_come_in_order_and_lie_in_the_folder(
    claims: dict[str, str], tmp_path: Path
) -> None:
    heard: list[Result] = []
    results = run_claims(["second", "first"], folder=tmp_path / "r", on_done=heard.append)
    assert [r.id for r in results] == ["second", "first"]
    assert sorted(r.id for r in heard) == ["first", "second"]
    assert {r.verdict for r in results} == {"holds"}
    assert results[0].statement == "A claim of a test: it says that two is more than one."
    assert read_result(tmp_path / "r" / "first.json") == results[1]


def test_what_is_done_is_not_run_again(claims: dict[str, str], tmp_path: Path) -> None:
    first = run_claims(["first"], folder=tmp_path)
    assert run_claims(["first"], folder=tmp_path)[0].seconds == first[0].seconds
    assert run_claims(["first"], folder=tmp_path, again=True)[0].seconds != first[0].seconds


def test_changed_code_is_run_again(claims: dict[str, str], tmp_path: Path) -> None:
    first = run_claims(["first"], folder=tmp_path)
    path = tmp_path / "tests" / "runner_first.py"
    path.write_text(path.read_text().replace("margin=0.1", "margin=5.0"))
    changed = run_claims(["first"], folder=tmp_path)
    assert changed[0].fingerprint != first[0].fingerprint
    assert changed[0].verdict == "holds weakly"


def test_words_that_were_mended_come_into_the_record(
    claims: dict[str, str], tmp_path: Path
) -> None:
    """Other words on what was tried: the same run, with these words, in the file too."""
    first = run_claims(["first"], folder=tmp_path)
    path = tmp_path / "tests" / "runner_first.py"
    path.write_text(path.read_text().replace("margin=0.1", 'margin=0.1, tried="more"'))
    again = run_claims(["first"], folder=tmp_path)
    assert again[0] == replace(first[0], tried="more")
    assert read_result(tmp_path / "first.json") == again[0]


def test_a_broken_claim_leaves_the_others_alone(claims: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ClaimsFailed) as failed:
        run_claims(["broken", "first"], folder=tmp_path, engine=Processes(1))
    assert [type(e) for e in failed.value.exceptions] == [AttributeError]
    assert failed.value.exceptions[0].__notes__ == ["in claim 'broken'"]
    assert [p.name for p in tmp_path.glob("*.json")] == ["first.json"]


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(Processes(2), id="processes"),
        pytest.param(Ray(2), id="ray", marks=[pytest.mark.slow, NO_RAY]),
    ],
)
def test_a_claim_whose_process_dies_is_run_again(
    engine: Engine, claims: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at its third seed: its result comes all the same, and each is written once."""
    written: list[str] = []
    monkeypatch.setattr(runner, "write_result", lambda _, path: written.append(path.name))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # for a cluster's workers
    results = run_claims(["first", "deadly", "second"], folder=tmp_path, engine=engine)
    assert (tmp_path / "tests" / "killed").exists()
    assert [(r.id, r.verdict) for r in results] == [
        ("first", "holds"),
        ("deadly", "holds"),
        ("second", "holds"),
    ]
    assert results[1].ours == results[0].ours
    assert sorted(written) == ["deadly.json", "first.json", "second.json"]


def test_smoke_is_kept_apart(claims: dict[str, str], tmp_path: Path) -> None:
    run_claims(["first"], folder=tmp_path)
    smoke = run_claims(["first"], folder=tmp_path, smoke=True)
    assert smoke[0].verdict == "smoke"
    assert sorted(p.name for p in tmp_path.glob("*.json")) == ["first.json", "first.smoke.json"]
    assert read_result(tmp_path / "first.json").verdict == "holds"


def test_unknown_id_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no claim 'g-null'; there are: .*g-nll"):
        run_claims(["g-null"], folder=tmp_path)


SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from dubito.claims import runner
from dubito.spread import Processes
if __name__ == "__main__":
    runner.claim_modules = lambda: {"first": "tests.runner_first", "second": "tests.runner_second"}
    runner.run_claims(["first", "second"], folder=Path(sys.argv[1]), engine=Processes(1))
"""


def test_killed_and_started_again_it_goes_on(claims: dict[str, str], tmp_path: Path) -> None:
    """Killed in the second claim, the first one's result stays and is not made again."""
    slow = tmp_path / "tests" / "runner_second.py"
    slow.write_text(GOOD.format(seconds=0.5))
    script = tmp_path / "run_them.py"
    script.write_text(SCRIPT)
    folder = tmp_path / "results"
    # a session of its own, so that the workers die with it
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)], cwd=tmp_path, start_new_session=True
    )
    until = time.monotonic() + 60
    while not (folder / "first.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    assert [p.name for p in folder.iterdir()] == ["first.json"]
    kept = read_result(folder / "first.json")
    results = run_claims(["first", "second"], folder=folder)
    assert results[0] == kept
    assert results[1].verdict == "holds"
