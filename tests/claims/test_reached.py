"""What a claim rests on: which change makes its record old, and which does not."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from dubito.claims import reached
from dubito.claims.shelf import claim_modules

Write = Callable[..., str]

TOP = """\
import numpy as np
from dubito.reach_room import kept as used
from dubito import reach_tools
from dubito.reach_other import also

def helper(x):
    \"\"\"Says.\"\"\"
    return used(x) + reach_tools.step(x)

CLAIM = Claim(measure=helper, margin=1, rng=np.random.default_rng, tried="a")
"""
FILES = {
    "reach_top": TOP,
    "reach_room": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from dubito.reach_deep import kept, left\n"
        'HOMES = {"kept": "dubito.reach_deep"}\n'
    ),
    "reach_deep": (
        "SCALE = 2\nSIZE = 5\n\n"
        "def kept(x):\n    return SCALE * x\n\n"
        "def left(x):\n    return x + SIZE\n"
    ),
    "reach_tools": (
        "def step(x):\n    return deeper(x)\n\n"
        "def deeper(x):\n    return x\n\n"
        "def apart():\n    return 0\n"
    ),
    "reach_other": "def also(x):\n    return x\n\ndef kept(x):\n    return -x\n",
}


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Digest of reach_top, with some files as they are told."""
    package = import_module("dubito")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])

    def of(**changed: str) -> str:
        for name, code in (FILES | changed).items():
            (tmp_path / f"{name}.py").write_text(code)
        reached.forget()
        return reached.digest("dubito.reach_top")

    yield of
    reached.forget()


@pytest.mark.parametrize(
    ("file", "old", "new", "same"),
    [
        pytest.param("top", "Says", "Tells", True, id="a docstring"),
        pytest.param("top", 'tried="a"', 'tried="a" "b"', True, id="what was tried"),
        pytest.param("top", "used(x) +", "used( x )+", True, id="layout"),
        pytest.param("top", "margin=1", "margin=2", False, id="an argument"),
        pytest.param("top", "margin=1", "# one\n    margin=1", True, id="a comment"),
        pytest.param("top", "np.random", "np.random.mtrand", False, id="a name of a package"),
        pytest.param("top", "numpy as np", "scipy as np", False, id="another package"),
        pytest.param("deep", "SIZE = 5", "SIZE: int = 6", True, id="a typed constant beside it"),
        pytest.param("top", "kept as used", "left as used", False, id="what a name stands for"),
        pytest.param("top", "also\n", "kept as also\n", True, id="an import that nobody uses"),
        pytest.param("top", "return used", "return also", False, id="another function"),
        pytest.param("deep", "SCALE = 2", "SCALE = 3", False, id="a constant, however deep"),
        pytest.param("deep", "SIZE = 5", "SIZE = 6", True, id="a constant beside it"),
        pytest.param("deep", "x + SIZE", "x - SIZE", True, id="a function beside it"),
        pytest.param("deep", "SIZE = 5", "SCALE += 1", False, id="the same name once more"),
        pytest.param("deep", "SIZE = 5", "print(SCALE)", False, id="a statement that just runs"),
        pytest.param("deep", "SIZE = 5", "if SIZE:\n    y = 1", False, id="one that runs if"),
        pytest.param("tools", "return x\n", "return -x\n", False, id="behind a module's name"),
        pytest.param("tools", "return 0", "return 1", True, id="apart in that module"),
        pytest.param("room", "HOMES = {", "MORE = {}\nHOMES = {", True, id="a room's table"),
    ],
)
def test_which_change_is_seen(file: str, old: str, new: str, same: bool, digest: Write) -> None:
    name = f"reach_{file}"
    changed = FILES[name].replace(old, new)
    assert changed != FILES[name]
    assert (digest(**{name: changed}) == digest()) == same


def test_a_definition_may_move(digest: Write) -> None:
    """The same function and constant from another module."""
    moved = {
        "reach_deep": "SIZE = 5\n\ndef left(x):\n    return x + SIZE\n",
        "reach_room": "from dubito.reach_new import kept\n",
        "reach_new": "SCALE = 2\n\ndef kept(x):\n    return SCALE * x\n",
    }
    assert digest(**moved) == digest()


def test_two_of_one_name_are_told_apart(digest: Write) -> None:
    """Both are reached either way; what changes places is who is called by which name."""
    both = TOP.replace("also\n", "kept as also\n").replace("CLAIM", "OTHER = also\nCLAIM")
    swapped = both.replace("reach_room import kept as used", "reach_other import kept as used")
    swapped = swapped.replace("reach_other import kept as also", "reach_room import kept as also")
    assert digest(reach_top=both) != digest(reach_top=swapped)


@pytest.mark.parametrize(
    ("imported", "called"),
    [
        ("import dubito.reach_tools as tools", "tools.step"),
        ("import dubito.reach_tools", "dubito.reach_tools.step"),
    ],
    ids=["renamed", "dotted"],
)
def test_a_module_is_reached_however_it_is_imported(
    imported: str, called: str, digest: Write
) -> None:
    top = TOP.replace("from dubito import reach_tools", imported)
    top = top.replace("reach_tools.step(x)", f"{called}(x)")
    changed = FILES["reach_tools"].replace("return x\n", "return -x\n")
    assert digest(reach_top=top) != digest(reach_top=top, reach_tools=changed)


def test_definitions_that_need_each_other_end(digest: Write) -> None:
    loop = "def step(x):\n    return deeper(x)\n\ndef deeper(x):\n    return step(x)\n"
    assert digest(reach_tools=loop) != digest()


def test_a_room_asked_for_a_name_is_not_read_whole() -> None:
    """`g-nll` reads its estimator and the lab, and neither its room nor other estimators."""
    found = reached.reached(claim_modules()["g-nll"])
    modules = {module for module, _ in found}
    assert "dubito.estimate.surprise" in modules
    assert modules.isdisjoint({"dubito.estimate", "dubito.estimate.sar", "dubito.estimate.methods"})


def test_a_name_that_is_not_there_stands_for_the_whole_module(digest: Write) -> None:
    digest()
    assert len(reached.behind("dubito.reach_deep.missing")) == 4
    assert len(reached.behind("dubito.reach_deep.SCALE")) == 1


def test_a_body_of_words_alone_keeps_its_meaning(digest: Write) -> None:
    """A Protocol's method is a docstring and nothing else."""
    one = TOP.replace("CLAIM", 'def f():\n    """A."""\n\nCLAIM')
    assert digest(reach_top=one) == digest(reach_top=one.replace("A.", "B."))
