"""Labelled texts without a download: the docstrings of installed packages."""

import ast
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple
from warnings import catch_warnings

from dubito.data.question import DataError
from dubito.data.turns import take_turns

SHORTEST, LONGEST = 60, 600  # characters
PER_FILE = 8  # no large file makes a label on its own
SPARE = 3  # times its share that a label may give where others have too few


class LabelledText(NamedTuple):
    """A text and where it comes from."""

    text: str
    label: str


def docstrings(
    n: int,
    *,
    packages: Sequence[str] = ("numpy", "scipy"),
    depth: int = 1,
    seed: int = 0,
) -> list[LabelledText]:
    """n different texts, 60 to 600 characters, in random order.

    Labels have equally many as far as they reach; a small one gives what it has.

    A text is the prose of one docstring before its first section. Labels are the first `depth`
    parts of the module's name: 1 gives "scipy", 2 "scipy.stats". Nothing is imported; sources are
    parsed. The same seed and the same installed versions give the same list.

    Raises:
        DataError: a package is not installed, or has not enough docstrings.
    """
    random = Random(seed)
    by_label: dict[str, list[Path]] = {}
    for package in packages:
        root = folder(package)
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root.parent).with_suffix("").parts
            module = [part for part in parts if part != "__init__"]
            if "tests" not in module:
                by_label.setdefault(".".join(module[:depth]), []).append(path)
    quota = SPARE * -(-n // max(len(by_label), 1))
    seen: set[str] = set()
    pools: list[list[LabelledText]] = []
    for label, paths in sorted(by_label.items()):
        random.shuffle(paths)
        pools.append([LabelledText(t, label) for t in islice(prose(paths, random, seen), quota)])
    chosen = list(islice(take_turns(pools), n))
    if n < 1 or len(chosen) < n:
        raise DataError(f"{n} texts asked for, {len(chosen)} found in {', '.join(packages)}")
    random.shuffle(chosen)
    return chosen


def folder(package: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"no installed package {package!r} with a folder of its own")
    return Path(next(iter(spec.submodule_search_locations)))


def prose(paths: Sequence[Path], random: Random, seen: set[str]) -> Iterator[str]:
    """New prose from these files, a few texts of each."""
    for path in paths:
        found = [text for text in file_prose(path) if text not in seen]
        random.shuffle(found)
        for text in found[:PER_FILE]:
            if text not in seen:
                seen.add(text)
                yield text


def file_prose(path: Path) -> Iterator[str]:
    """The opening prose of each docstring of a source file."""
    documented = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    with catch_warnings(action="ignore"):  # about escapes in somebody else's strings
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:  # a template, or written for another Python
            return
    for node in ast.walk(tree):
        if isinstance(node, documented):
            text = opening(ast.get_docstring(node) or "")
            if SHORTEST <= len(text) <= LONGEST:
                yield text


def opening(docstring: str) -> str:
    """What stands before the first underlined heading or field, on one line."""
    kept: list[str] = []
    for line in docstring.splitlines():
        stripped = line.strip()
        if stripped and set(stripped) <= set("-=~") and kept:
            kept.pop()  # the heading that this underlines
            break
        if stripped.startswith((">>>", ":param", ".. ", "Args:")):
            break
        kept.append(stripped)
    return " ".join(" ".join(kept).split())
