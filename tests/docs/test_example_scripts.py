"""The examples are short, say what they do, and import what there is."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
EACH = pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.stem)


@EACH
def test_it_is_short_and_says_what_it_does(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    assert ast.get_docstring(ast.parse(text))


@EACH
def test_what_it_imports_is_there(script: Path) -> None:
    """Each name that it takes from dubito; running one takes minutes."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dubito"):
            module = import_module(node.module or "")
            assert all(hasattr(module, name.name) for name in node.names), node.module
