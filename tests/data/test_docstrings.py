"""Texts from docstrings, on a package made for the purpose and on numpy."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from dubito.data import DataError, docstrings

LONG = "This sentence is {} and holds enough words to be kept as a text here."


@pytest.fixture
def package(tmp_path: Path, monkeypatch) -> str:
    """Two modules with 2 and 5 good docstrings, one test, one file of another language."""
    root = tmp_path / "madeup"
    (root / "tests").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "small.py").write_text(functions("s", 2))
    (root / "large.py").write_text(functions("l", 5) + functions("l", 5))  # each twice
    (root / "tests" / "test.py").write_text(functions("t", 9))
    (root / "other.py").write_text("print 'no python 3'")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "madeup"


def functions(letter: str, n: int) -> str:
    doc = '"""{}\n\n    Parameters\n    ----------\n    x : int\n        A number\n    """'
    return "".join(
        f"def {letter}{i}(x):\n    {doc.format(LONG.format(f'{letter}{i}'))}\n\n\n"
        f'def short{i}():\n    """Short."""\n\n\n'
        for i in range(n)
    )


def test_every_text_once_with_its_label(package: str) -> None:
    found = docstrings(7, packages=(package,), depth=2)
    assert {(text, label) for text, label in found} == {
        *((LONG.format(f"s{i}"), "madeup.small") for i in range(2)),
        *((LONG.format(f"l{i}"), "madeup.large") for i in range(5)),
    }
    assert package not in sys.modules


def test_labels_are_balanced_as_far_as_they_reach(package: str) -> None:
    counts = Counter(label for _, label in docstrings(4, packages=(package,), depth=2))
    assert counts == {"madeup.small": 2, "madeup.large": 2}


def test_too_few(package: str) -> None:
    with pytest.raises(DataError, match="8 texts asked for, 7 found in madeup"):
        docstrings(8, packages=(package,), depth=2)
    with pytest.raises(DataError, match="no installed package 'gone'"):
        docstrings(8, packages=("gone",))


def test_no_file_gives_more_than_eight(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "huge.py").write_text(functions("h", 20))
    found = docstrings(2 + 5 + 8, packages=(package,), depth=2)
    assert Counter(label for _, label in found)["madeup.huge"] == 8
    with pytest.raises(DataError, match="16 texts asked for, 15 found"):
        docstrings(16, packages=(package,), depth=2)


def test_numpy_and_scipy() -> None:
    found = docstrings(12, seed=1)
    assert Counter(label for _, label in found) == {"numpy": 6, "scipy": 6}
    assert [label for _, label in found] != ["numpy", "scipy"] * 6  # shuffled
    assert len({text for text, _ in found}) == 12
    assert all(60 <= len(text) <= 600 and "-----" not in text for text, _ in found)
    assert found == docstrings(12, seed=1)
    assert found != docstrings(12, seed=2)
