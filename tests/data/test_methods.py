"""The table of benchmarks: each row's builder gives items, and its paper is known."""

import tomllib
from importlib import resources

import pytest

from dubito.data import METHODS
from dubito.method import Method

PAPERS = tomllib.loads((resources.files("dubito") / "bibliography.toml").read_text("utf-8"))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.id)
def test_rows(method: Method) -> None:
    made = method.make()
    assert type(made).__doc__
    assert method.make(seed=5) is not None
    assert method.paper in PAPERS
    assert method.family == "benchmark"
    assert method.needs
    assert method.calls
    assert not method.summary.endswith(".")


def test_ids_are_the_cards() -> None:
    assert [m.id for m in METHODS] == [
        "maqa",
        "illusion-of-certainty",
        "certainly-uncertain",
        "task-feasibility",
    ]
