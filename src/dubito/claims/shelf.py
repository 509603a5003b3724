"""The shelf of claims: which there are, and what code each of them rests on."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import dubito.claims
from dubito.claims.lab import Claim

PACKAGE = "dubito"


def claim_modules() -> dict[str, str]:
    """Id of each claim -> its module, by id; nothing is imported. Rooms are the subpackages.

    Raises:
        ValueError: one id in two rooms.
    """
    found: dict[str, str] = {}
    for room in sorted(m.name for m in iter_modules(dubito.claims.__path__) if m.ispkg):
        folders = [str(Path(path) / room) for path in dubito.claims.__path__]
        for name in sorted(m.name for m in iter_modules(folders) if not m.name.startswith("_")):
            claim_id = name.replace("_", "-")
            if claim_id in found:
                raise ValueError(f"claim {claim_id!r} is in two rooms: {found[claim_id]}, {room}")
            found[claim_id] = f"dubito.claims.{room}.{name}"
    return dict(sorted(found.items()))


def load_claim(module: str) -> Claim[Any]:
    """The CLAIM of a module.

    Raises:
        TypeError: the module has none.
    """
    loaded = vars(import_module(module)).get("CLAIM")
    if not isinstance(loaded, Claim):
        raise TypeError(f"{module} needs `CLAIM = Claim(...)`, has {loaded!r}")
    return loaded


def discover() -> dict[str, Claim[Any]]:
    """Every claim by its id; imports them all."""
    return {claim_id: load_claim(module) for claim_id, module in claim_modules().items()}


def statement(module: str) -> str:
    """What the claim says: the first line of its module's docstring; nothing is imported."""
    path = source(module)
    text = ast.get_docstring(ast.parse(b"" if path is None else path.read_bytes())) or ""
    return text.partition("\n")[0]


def tried(module: str) -> str:
    """What the claim of a module says was tried, as its source has it now; nothing is imported."""
    path = source(module)
    tree = ast.parse(b"" if path is None else path.read_bytes())
    said = (k.value for node in ast.walk(tree) if isinstance(node, ast.Call) for k in prose(node))
    return next((str(ast.literal_eval(value)) for value in said), "")


def prose(call: ast.Call) -> list[ast.keyword]:
    """The arguments of a call that only tell what was done, and are written after a run."""
    return [k for k in call.keywords if k.arg == "tried"]


@cache
def meaning(code: bytes) -> bytes:
    """What some code does: the same for other comments, docstrings, layout, or words on `tried`."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            told = prose(node)
            node.keywords = [k for k in node.keywords if k not in told]
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[documented:]
    return ast.unparse(tree).encode()


def fingerprint(module: str) -> str:
    """Hash of what the module and all of dubito that it imports do, however deep.

    Of their meaning, so that words may be mended without a claim growing old. A package's
    `__init__` counts only where a name is imported from it, so that a new row in a room's table
    does not make every claim of the room old. Other packages do not count; their versions stand
    in the record.
    """
    sources: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = source(name)
        if name in sources or path is None:
            continue
        sources[name] = path.read_bytes()
        waiting += imported(sources[name], path)
    lines = (f"{n} {hashlib.sha256(meaning(sources[n])).hexdigest()}" for n in sorted(sources))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def source(module: str) -> Path | None:
    """The file of a module; None where there is no such module or it is not Python."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    return Path(spec.origin)


def imported(code: bytes, path: Path) -> Iterator[str]:
    """Names below dubito that some code imports; `from a import b` may mean the module a.b."""
    for node in ast.walk(ast.parse(code, filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.partition(".")[0] == PACKAGE)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
            base = str(node.module)
            modules = [f"{base}.{a.name}" for a in node.names]
            yield from modules
            if not all(source(m) for m in modules):
                yield base
