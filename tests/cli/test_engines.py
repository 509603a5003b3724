"""Engines by name."""

import pytest

from dubito.cli.engines import engine_named, threads_here
from dubito.spread import Processes, Ray


def three() -> int:
    return 3


def never() -> int:
    raise AssertionError("nobody asked for workers")


def test_the_command_s_own_way() -> None:
    assert engine_named("local", None, threads=never) is None


@pytest.mark.parametrize(
    ("name", "workers", "gpus", "engine"),
    [
        ("local", 1, 0.0, Processes(1, 3)),
        ("local", 4, 0.0, Processes(4, 3)),
        ("ray", None, 0.0, Ray(None, 3)),
        ("ray", 2, 0.5, Ray(2, 3, 0.5)),
    ],
)
def test_engines(name: str, workers: int | None, gpus: float, engine: object) -> None:
    assert engine_named(name, workers, threads=three, gpus=gpus) == engine


@pytest.mark.parametrize("name", ["", "Ray", "dask"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(ValueError, match=rf"no engine '{name}'; there are: local, ray"):
        engine_named(name, None)


def test_cards_are_a_cluster_s() -> None:
    with pytest.raises(ValueError, match="--gpus is for --engine ray"):
        engine_named("local", 2, gpus=1.0)


def test_workers_have_the_threads_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "get_num_threads", three)
    assert threads_here() == 3
    monkeypatch.setattr("dubito.cli.engines.find_spec", lambda _: None)
    assert threads_here() == 1
