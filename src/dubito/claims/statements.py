"""The statements of a module, by the names that they bind; read from its file, never imported."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """The statements of a module, by what names they bind; comments and docstrings are gone."""

    body: list[ast.stmt]
    binds: dict[str, list[int]] = field(default_factory=dict)  # name -> statements
    loose: list[int] = field(default_factory=list)  # those that run and bind nothing alone
    imports: dict[str, set[str]] = field(default_factory=dict)  # name -> dotted names


@cache
def source(module: str) -> Path | None:
    """The file of a module, which is not imported; None where there is none."""
    package, _, name = module.rpartition(".")
    if not package:
        places = [Path(f) for f in folders(module)]
        files = [p / "__init__.py" for p in places]
    else:
        places = [Path(f) / name for f in folders(package)]
        files = [f for p in places for f in (p / "__init__.py", p.with_suffix(".py"))]
    return next((f for f in files if f.is_file()), None)


def folders(package: str) -> list[str]:
    """Where the modules of a package lie; nowhere if it is a plain module."""
    if package in sys.modules:
        return list(vars(sys.modules[package]).get("__path__", ()))
    if "." not in package:
        spec = find_spec(package)
        return list((spec and spec.submodule_search_locations) or ())
    path = source(package)
    return [str(path.parent)] if path and path.name == "__init__.py" else []


@cache
def read(module: str) -> Module:
    """A module of dubito, read and sorted."""
    path = source(module)
    if path is None:
        raise ValueError(f"{module} is no module of Python; is its file there?")
    return sorted_out(path.read_bytes())


def sorted_out(code: bytes) -> Module:
    """Statements by the names that they bind.

    An import anywhere counts for the whole module, and one for types alone is an import.
    """
    tree = without_words(code)
    statements = [s for s in tree.body if not is_import(s)]
    found = Module(statements)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, origin in imported(node):
                found.imports.setdefault(name, set()).add(origin)
    for place, statement in enumerate(statements):
        names = bound(statement)
        for name in names:
            found.binds.setdefault(name, []).append(place)
        if not names or not isinstance(statement, DEFINES | ast.Assign | ast.AnnAssign):
            found.loose.append(place)
    return found


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import binds, and what they stand for."""
    for a in node.names:
        if isinstance(node, ast.ImportFrom):
            yield a.asname or a.name, f"{node.module}.{a.name}"
        elif a.asname:
            yield a.asname, a.name
        else:
            yield a.name.partition(".")[0], a.name.partition(".")[0]


def is_import(statement: ast.stmt) -> bool:
    """Does it import and do nothing else?"""
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test) == "TYPE_CHECKING"
    return isinstance(statement, ast.Import | ast.ImportFrom)


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module binds."""
    if isinstance(statement, DEFINES):
        return {statement.name}
    walked = list(ast.walk(statement))
    stored = {n.id for n in walked if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.name for n in walked if isinstance(n, DEFINES)}


def chains(node: ast.AST) -> Iterator[list[str]]:
    """Names with the attributes that are asked of them: `["x", "f"]` for `x.f`."""
    parts: list[str] = []
    root = node
    while isinstance(root, ast.Attribute):
        parts.append(root.attr)
        root = root.value
    if isinstance(root, ast.Name):
        yield [root.id, *reversed(parts)]
        return
    for child in ast.iter_child_nodes(node):
        yield from chains(child)


def without_words(code: bytes) -> ast.Module:
    """Code without docstrings and the words on `tried`, which may be mended after a run."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            told = prose(node)
            node.keywords = [k for k in node.keywords if k not in told]
        elif isinstance(node, ast.Module | DEFINES):
            documented = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[documented:]
    return tree


def prose(call: ast.Call) -> list[ast.keyword]:
    """The arguments of a call that only tell what was done, and are written after a run."""
    return [k for k in call.keywords if k.arg == "tried"]
