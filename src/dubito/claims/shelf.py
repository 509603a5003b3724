"""The shelf of claims: which there are, and what code each of them rests on."""

import ast
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import dubito.claims
from dubito.claims.lab import Claim
from dubito.claims.reached import digest
from dubito.claims.statements import prose, source


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


def fingerprint(module: str) -> str:
    """Hash of what the claim of a module runs: all of dubito that it and the lab reach by name.

    Words may be mended, and code that it does not reach written, without a claim growing old.
    What is named in a string alone is not seen, and other packages do not count; their versions
    stand in the record.
    """
    return digest(module, "dubito.claims.lab.run_claim")
