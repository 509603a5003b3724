"""One function over many items side by side: over processes here, or over a Ray cluster."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from queue import SimpleQueue
from types import ModuleType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from dubito.extras import require

T = TypeVar("T")
R = TypeVar("R")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LOST = "a worker died at its work (killed, or out of memory)"


class WorkerLost(ChildProcessError):
    """The process that worked on an item died, each time it was tried."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """What became of one item: a value, or the error that its work raised."""

    index: int  # of the item
    value: R | None
    error: Exception | None = None

    def result(self) -> R:
        """The value; the error is raised."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # what the work returned


class Crew(NamedTuple):
    """Workers that are ready."""

    submit: Callable[[Callable[[Any], Any], Any], Future[Any]]
    at_once: Callable[[], int]  # items that they can have in hand now
    plain: Callable[[BaseException], BaseException]  # an error as it was raised; `WorkerLost`


class Engine(Protocol):
    """Where work is done."""

    def opened(self) -> AbstractContextManager[Crew]:
        """Workers, for as long as the block lasts."""
        ...


class Task(NamedTuple):
    """One item and how often it has been begun."""

    at: int  # of the items
    item: Any
    begun: int = 1


def spread(
    work: Callable[[T], R], items: Iterable[T], engine: Engine, *, attempts: int = 3
) -> Iterator[Outcome[R]]:
    """What `work` makes of each item, as it is done, in any order, each item once.

    Work and items are pickled; items are drawn only as workers come free. An item whose worker
    died is begun again, up to `attempts` times in all; then its outcome is `WorkerLost`. Any
    other error of the work is its outcome at once. Whoever loops over the outcomes is the only
    one to write, so that nothing stands twice and workers need not see the same disk.
    """
    fresh = (Task(index, item) for index, item in enumerate(items))
    again: deque[Task] = deque()
    running: dict[Future[R], Task] = {}
    with engine.opened() as crew:
        while True:
            free = max(crew.at_once() - len(running), 0)
            for task in islice(chain(emptied(again), fresh), free):
                running[crew.submit(work, task.item)] = task
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task, raised = running.pop(future), future.exception()
                if raised is None:
                    yield Outcome(task.at, future.result())
                    continue
                error = crew.plain(raised)
                if isinstance(error, WorkerLost) and task.begun < attempts:
                    again.append(task._replace(begun=task.begun + 1))
                elif isinstance(error, Exception):
                    yield Outcome(task.at, None, error)
                else:
                    raise error


def emptied(tasks: deque[Task]) -> Iterator[Task]:
    """The tasks, each taken out as it is asked for."""
    while tasks:
        yield tasks.popleft()


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, each with so many threads."""

    workers: int = 2
    threads: int = 1

    def __post_init__(self) -> None:
        """Nobody cannot work."""
        at_least_one("workers", self.workers)
        at_least_one("threads", self.threads)

    @contextmanager
    def opened(self) -> Iterator[Crew]:
        """Each worker is a pool of its own: when one dies it is known on what, and none else."""
        pools: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        for _ in range(self.workers):
            pools.put(self.process())

        def run(work: Callable[[T], R], item: T) -> R:
            pool = pools.get()
            try:
                return pool.submit(work, item).result()
            except BrokenProcessPool as error:
                pool.shutdown()
                pool = self.process()
                raise WorkerLost(LOST) from error
            finally:
                pools.put(pool)

        waiting = ThreadPoolExecutor(self.workers)
        try:
            yield Crew(partial(waiting.submit, run), lambda: self.workers, as_it_is)
        finally:
            waiting.shutdown(cancel_futures=True)
            while not pools.empty():
                pools.get().shutdown()

    def process(self) -> ProcessPoolExecutor:
        """One process, begun at its first item."""
        # spawned, since a fork of a process that has used torch may hang
        context = get_context("spawn")
        return ProcessPoolExecutor(
            1, mp_context=context, initializer=with_threads, initargs=(self.threads,)
        )


@dataclass(frozen=True)
class Ray:
    """The Ray cluster at RAY_ADDRESS, else one started here; a worker has so many threads.

    Each node needs dubito, and the keys and models that the work asks for. `workers` bounds the
    items in hand; None leaves it to the cluster's size.
    """

    workers: int | None = None
    threads: int = 1
    gpus: float = 0.0  # a worker; a share lets several use one

    def __post_init__(self) -> None:
        """Nobody cannot work."""
        if self.workers is not None:
            at_least_one("workers", self.workers)
        at_least_one("threads", self.threads)
        if not self.gpus >= 0:
            raise ValueError(f"gpus must be at least 0, got {self.gpus}")

    @contextmanager
    def opened(self) -> Iterator[Crew]:
        """A cluster that somebody has already joined in this process is used and left as it is."""
        ray = require("ray", extra="ray")
        joined = not ray.is_initialized()
        if joined:
            self.join(ray)
        # Ray gives a worker as many threads as processors; it begins nothing again by itself,
        # so that attempts are counted once.
        remote = ray.remote(num_cpus=self.threads, num_gpus=self.gpus, max_retries=0)(applied)
        try:
            yield Crew(
                lambda work, item: remote.remote(work, item).future(),
                partial(self.in_hand, ray),
                partial(plain, ray.exceptions),
            )
        finally:
            if joined:
                ray.shutdown()

    def join(self, ray: ModuleType) -> None:
        """Connect, or start a cluster here that is gone afterwards."""
        # What Ray and its workers print would stand between our lines of JSON.
        quiet = {"logging_level": "ERROR", "log_to_driver": False}
        if address := os.environ.get("RAY_ADDRESS"):
            ray.init(address=address, **quiet)
            return
        # A cluster that we start reports to nobody unless its user wants it to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        cpus = (self.workers or os.cpu_count() or 1) * self.threads
        ray.init(address="local", num_cpus=cpus, include_dashboard=False, **quiet)

    def in_hand(self, ray: ModuleType) -> int:
        """Twice what runs at a time, so that no worker waits for us and a cluster may grow."""
        room = int(ray.cluster_resources().get("CPU", 0)) // self.threads
        return self.workers or max(2 * room, 2)


def applied(work: Callable[[T], R], item: T) -> R:
    """The work done, on whatever machine this is."""
    return work(item)


def plain(known: Any, error: BaseException) -> BaseException:
    """What the work raised, out of Ray's wrapping; `WorkerLost` where Ray itself failed."""
    if isinstance(error, known.RayTaskError):
        wrapped: Any = error
        if not isinstance(wrapped.cause, Exception):
            return error
        wrapped.cause.__cause__ = error  # tells where it was raised
        return wrapped.cause
    if isinstance(error, known.RayError):
        lost = WorkerLost(f"{LOST}: {error}")
        lost.__cause__ = error
        return lost
    return error


def as_it_is(error: BaseException) -> BaseException:
    """The error."""
    return error


def with_threads(count: int) -> None:
    """So many threads a process, read when numpy and torch are imported."""
    os.environ.update(dict.fromkeys(THREADS, str(count)))


def at_least_one(name: str, count: int) -> None:
    """Refuse a count of 0 or less."""
    if count < 1:
        raise ValueError(f"{name} must be at least 1, got {count}")
