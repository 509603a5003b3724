"""A Ray cluster of two workers on this machine, for the tests that need one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from dubito.spread import Processes, Ray

NO_RAY = pytest.mark.skipif(
    find_spec("ray") is None, reason="ray is not installed: pip install 'dubito[ray]'"
)


@contextmanager
def two_workers() -> Iterator[None]:
    """This process joins it, and its workers see the tests' modules; nothing without ray."""
    if find_spec("ray") is None:
        yield
        return
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
        ray.init(address="local", num_cpus=2, include_dashboard=False, logging_level="ERROR")
    try:
        yield
    finally:
        ray.shutdown()


EACH_ENGINE = pytest.mark.parametrize(
    "engine",
    [
        pytest.param(Processes(2), id="processes"),
        pytest.param(Ray(2), id="ray", marks=[pytest.mark.slow, NO_RAY]),
    ],
)
