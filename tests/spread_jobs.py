"""Work that workers in other processes can import, and that leaves a trace of who did it."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any


def square(x: int) -> int:
    return x * x


def pid(_x: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def threads(_x: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def refuse_three(x: int) -> int:
    if x == 3:
        raise ValueError("three is refused")
    return x


def leave(x: int) -> int:
    if x == 3:
        raise SystemExit(3)
    return x


def traced(job: tuple[int, str]) -> int:
    """Square of x, odd ones slower; leaves a file for each beginning and one for the end."""
    x, folder = job
    Path(folder, f"{x}.{os.getpid()}.{time.monotonic_ns()}.begun").touch()
    time.sleep(0.2 + x % 2)
    Path(folder, f"{x}.done").touch()
    return x * x


def dies_always(x: int) -> int:
    if x == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


class Immediate:
    """Work that is done at once, in this process."""

    @staticmethod
    def submit(work: Callable[[Any], Any], item: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(item))
        except Exception as error:
            future.set_exception(error)
        return future
