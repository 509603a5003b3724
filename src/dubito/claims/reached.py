"""What code a claim rests on: the definitions that it reaches by name, however deep."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache

from dubito.claims.statements import chains, read, source

PACKAGE = "dubito"
Spot = tuple[str, int]  # a module, and which of its statements


def digest(*names: str) -> str:
    """Hash of all code behind dotted names of modules, whole, or of what is defined in them.

    Of each statement and of what its names stand for: it stays the same where definitions move,
    where others are added beside them, and where comments, docstrings or layout change.
    """
    lines: set[str] = set()
    for here, meant in reached(*names).items():
        lines.add(hashed(here))
        lines |= {
            f"{hashed(here)} {name} {hashed(there) if isinstance(there, tuple) else there}"
            for name, there in meant
        }
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def reached(*names: str) -> dict[Spot, tuple[tuple[str, Spot | str], ...]]:
    """The statements behind dotted names, each with its names and what they stand for."""
    found: dict[Spot, tuple[tuple[str, Spot | str], ...]] = {}
    waiting: list[Spot | str] = [spot for name in names for spot in behind(name)]
    while waiting:
        here = waiting.pop()
        if isinstance(here, tuple) and here not in found:
            found[here] = meanings(here)
            waiting += [there for _, there in found[here]]
    return found


@cache
def meanings(spot: Spot) -> tuple[tuple[str, Spot | str], ...]:
    """The names in a statement, and what each stands for."""
    module, place = spot
    return tuple(
        (chain[0], there)
        for chain in chains(read(module).body[place])
        for there in origins(module, chain)
    )


def origins(module: str, chain: list[str]) -> Iterator[Spot | str]:
    """What a name in a module stands for, `["x", "f"]` for `x.f`; nothing for a built-in one."""
    known = read(module)
    for origin in sorted(known.imports.get(chain[0], ())):
        yield from resolved(".".join([origin, *chain[1:]]))
    yield from ((module, place) for place in known.binds.get(chain[0], []))


def resolved(dotted: str) -> tuple[Spot | str, ...]:
    """What a dotted name stands for: statements, or the name itself where it is not of dubito."""
    return behind(dotted) if dotted.partition(".")[0] == PACKAGE else (dotted,)


@cache
def behind(dotted: str) -> tuple[Spot | str, ...]:
    """The statements behind a dotted name, however it came there.

    With a name of a module come the statements that bind nothing; an unknown one is the whole
    module.
    """
    parts = dotted.split(".")
    depth = next((n for n in range(len(parts), 1, -1) if source(".".join(parts[:n]))), 1)
    module, rest = ".".join(parts[:depth]), parts[depth:]
    known = read(module)
    if not rest or (rest[0] not in known.imports and rest[0] not in known.binds):
        return tuple((module, place) for place in range(len(known.body)))
    return *((module, place) for place in known.loose), *origins(module, rest)


@cache
def hashed(spot: Spot) -> str:
    """The hash of a statement."""
    told = ast.unparse(read(spot[0]).body[spot[1]])
    return hashlib.sha256(told.encode()).hexdigest()


def forget() -> None:
    """Read every file anew from now on."""
    for cached in (source, read, behind, meanings, hashed):
        cached.cache_clear()
