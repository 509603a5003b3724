"""README and CONTRIBUTING say what is true: their code runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
BLOCKS = [
    pytest.param(code, id=f"{page}-{i}")
    for page in ("README.md", "CONTRIBUTING.md", "docs/index.md", "docs/aligning.md")
    for i, code in enumerate(PYTHON.findall((ROOT / page).read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("code", BLOCKS)
def test_python_of_the_pages_runs(code: str) -> None:
    exec(compile(code, "page", "exec"), {"__name__": "page"})


def test_a_reader_sees_code_before_line_40() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert any(line == "```python" for line in lines[:40])


def test_every_command_of_the_readme_exists() -> None:
    from typer.main import get_command

    from dubito.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    told = set(re.findall(r"`dubito ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert told <= known
