"""One function over many items: nothing lost and nothing twice, here and on a Ray cluster."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import spread_jobs as jobs
from dubito.extras import MissingExtra
from dubito.spread import Crew, Engine, Outcome, Processes, Ray, WorkerLost, as_it_is, spread
from ray_cluster import EACH_ENGINE, two_workers
from spread_jobs import Immediate


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with two_workers():
        yield


@EACH_ENGINE
def test_each_item_once(engine: Engine, cluster: None) -> None:
    found = list(spread(jobs.square, range(7), engine))
    assert sorted((o.index, o.result()) for o in found) == [(i, i * i) for i in range(7)]


@EACH_ENGINE
def test_several_workers_share_the_items(engine: Engine, cluster: None) -> None:
    pids = {o.result() for o in spread(jobs.pid, range(8), engine)}
    assert len(pids) == 2
    assert os.getpid() not in pids


@EACH_ENGINE
def test_a_worker_has_the_threads_it_was_given(engine: Engine, cluster: None) -> None:
    [outcome] = spread(jobs.threads, [0], engine)
    assert outcome.result() == "1"


@EACH_ENGINE
def test_an_error_is_the_outcome_of_its_item_alone(engine: Engine, cluster: None) -> None:
    found = {o.index: o for o in spread(jobs.refuse_three, range(5), engine)}
    assert [found[i].value for i in (0, 1, 2, 4)] == [0, 1, 2, 4]
    assert type(found[3].error) is ValueError
    with pytest.raises(ValueError, match="three is refused"):
        found[3].result()
    assert "spread_jobs.py" in str(found[3].error.__cause__)  # where it was raised


@EACH_ENGINE
def test_a_worker_killed_in_the_middle(engine: Engine, cluster: None, tmp_path: Path) -> None:
    """A process is killed from outside while it works: its item is begun a second time."""
    found, killed = [], None
    for outcome in spread(jobs.traced, [(x, str(tmp_path)) for x in range(6)], engine):
        found.append((outcome.index, outcome.result()))
        if killed is None:
            killed = under_way(tmp_path)
            os.kill(killed[1], signal.SIGKILL)
    assert sorted(found) == [(x, x * x) for x in range(6)]
    begun = Counter(int(path.name.split(".")[0]) for path in tmp_path.glob("*.begun"))
    assert begun == {x: 1 + (x == killed[0]) for x in range(6)}


def under_way(folder: Path) -> tuple[int, int]:
    """An item that has been begun and is not done, and the process that works on it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        begun = [path.name.split(".") for path in folder.glob("*.begun")]
        for x, pid, _, _ in begun:
            if not (folder / f"{x}.done").exists():
                return int(x), int(pid)
    raise AssertionError("no item is under way")


@EACH_ENGINE
def test_an_item_that_kills_each_worker_is_given_up(engine: Engine, cluster: None) -> None:
    found = {o.index: o for o in spread(jobs.dies_always, range(5), engine)}
    assert [found[i].value for i in (0, 1, 3, 4)] == [0, 1, 3, 4]
    with pytest.raises(WorkerLost, match="died at its work"):
        found[2].result()


@dataclass(frozen=True)
class Shaky:
    """In this process; the worker of an item dies as often as the table says."""

    deaths: Counter[int] = field(default_factory=Counter)
    at_once: int = 2

    @contextmanager
    def opened(self) -> Iterator[Crew]:
        def work_of(work: object, x: int) -> object:
            def done(item: int) -> int:
                if self.deaths[item] > 0:
                    self.deaths[item] -= 1
                    raise WorkerLost("died")
                return work(item)

            return Immediate.submit(done, x)

        yield Crew(work_of, lambda: self.at_once, as_it_is)


@pytest.mark.parametrize(("deaths", "lost"), [(0, False), (1, False), (2, False), (3, True)])
def test_attempts_are_counted_for_each_item(deaths: int, lost: bool) -> None:
    """Three attempts: two deaths are outlived, the third is the outcome."""
    shaky = Shaky(Counter({1: deaths, 2: 2}))
    found = {o.index: o for o in spread(jobs.square, range(4), shaky)}
    assert sorted(found) == [0, 1, 2, 3]
    assert isinstance(found[1].error, WorkerLost) == lost
    assert all(found[i].result() == i * i for i in (0, 2, 3))
    assert shaky.deaths[1] == 0


def test_one_attempt_is_no_second() -> None:
    [outcome] = spread(jobs.square, [1], Shaky(Counter({1: 1})), attempts=1)
    assert isinstance(outcome.error, WorkerLost)


def test_items_are_drawn_as_workers_come_free() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for x in range(10):
            drawn.append(x)
            yield x

    outcomes = spread(jobs.square, items(), Shaky(at_once=3))
    next(outcomes)
    assert drawn == [0, 1, 2]


def test_no_items_need_nobody() -> None:
    assert list(spread(jobs.square, [], Processes(1))) == []


def test_what_is_no_exception_stops_everything() -> None:
    with pytest.raises(SystemExit):
        list(spread(jobs.leave, range(5), Processes(1)))


def test_an_outcome_without_an_error_may_be_none() -> None:
    assert Outcome(0, None).result() is None


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Processes(0), "workers must be at least 1, got 0"),
        (lambda: Processes(1, threads=0), "threads must be at least 1, got 0"),
        (lambda: Ray(0), "workers must be at least 1, got 0"),
        (lambda: Ray(threads=-1), "threads must be at least 1, got -1"),
        (lambda: Ray(gpus=-0.5), "gpus must be at least 0, got -0.5"),
        (lambda: Ray(gpus=float("nan")), "gpus must be at least 0, got nan"),
    ],
)
def test_engines_of_nobody_are_refused(make: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_without_ray_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"dubito\[ray\]"):
        list(spread(jobs.square, [1], Ray()))
