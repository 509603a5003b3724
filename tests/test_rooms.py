"""The house: imports run downhill, nothing grows too big, every row has what it owes."""

import ast
import importlib
from pathlib import Path

import pytest

from dubito.catalogue import bibliography, entries

SOURCE = Path(__file__).parents[1] / "src" / "dubito"
# The higher a room stands in the house, the more it may import. Ground first.
ORDER = (
    ("evidence", "extras", "method", "maths"),
    ("store", "nn", "spread", "taxonomy"),
    ("data",),
    # The column of learning: on the ground alone, so that it can be used without the other one.
    ("acquire",),
    ("learn",),
    ("posterior",),
    ("align",),
    ("multitask",),
    ("merge",),
    # The column of answering.
    ("models",),
    ("estimate",),
    ("calibrate",),
    ("decide",),
    ("embed",),
    ("catalogue",),
    ("answer",),
    ("guard",),
    ("bench",),
    ("claims",),
    ("serve",),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
ANSWERING = ("models", "estimate", "calibrate", "decide", "embed")
LEARNING = ("acquire", "learn", "posterior", "align", "multitask", "merge")
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    """Rooms of dubito that a module imports, wherever in it."""
    names = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    ]
    return {n.split(".")[1] for n in names if n.startswith("dubito.")}


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_run_downhill(file: Path) -> None:
    room = room_of(file)
    if room == "__init__":
        return
    if room in ANSWERING:
        assert not imported(ast.parse(file.read_text())) & set(LEARNING), "the other column"
    uphill = {r for r in imported(ast.parse(file.read_text())) if LEVEL[r] > LEVEL[room]}
    assert not uphill, f"{room} may not import {uphill}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_budgets(file: Path) -> None:
    text = file.read_text()
    table = file.name == "methods.py"
    assert table or len(text.splitlines()) <= 300, "a file has at most 300 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and room_of(file) != "cli":
            length = (node.end_lineno or 0) - node.lineno + 1
            doc = ast.get_docstring(node) or ""
            assert length - len(doc.splitlines()) <= 40, f"{node.name} has {length} lines"


def test_maths_knows_arrays_only() -> None:
    for file in (SOURCE / "maths").glob("*.py"):
        assert imported(ast.parse(file.read_text())) <= {"maths"}


def test_every_paper_resolves() -> None:
    lacking = {e.method.paper for e in entries().values()} - set(bibliography())
    assert not lacking


def test_every_paper_named_in_a_docstring_resolves() -> None:
    import re

    for file in FILES:
        for key in re.findall(r"\[([a-z]+\d{4}[a-z]?)\]", file.read_text()):
            assert key in bibliography(), f"{file.name} names [{key}]"


@pytest.mark.parametrize("method", sorted(entries()))
def test_every_row_has_a_default_a_docstring_and_a_summary(method: str) -> None:
    row = entries()[method].method
    made = row.make()
    assert type(made).__doc__, f"{method} has no docstring"
    assert row.summary
    assert not row.summary.endswith(".")


def test_exports_exist() -> None:
    for room in (*ANSWERING, *LEARNING, "data", "guard"):
        module = importlib.import_module(f"dubito.{room}")
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"dubito.{room} exports {name} and has none"
