"""Pages that are made of the code, one for each room and method; and two from elsewhere."""

import importlib
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from dubito.catalogue import ROOMS, Entry, cite, entries
from dubito.claims.kept import row_of
from dubito.cli.example import example
from dubito.cli.methods import described, document

ROOT = Path(__file__).parents[1]
ELSEWHERE = {"benchmarks.md": "benchmarks/README.md", "adding.md": "CONTRIBUTING.md"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them to what is in docs/."""
    pages = {"rooms/index.md": rooms(), "methods/index.md": methods()}
    pages |= {f"rooms/{room}.md": room_page(room) for room in ROOMS}
    pages |= {f"methods/{i}.md": method_page(entry) for i, entry in entries().items()}
    for name, source in ELSEWHERE.items():
        pages[name] = unlinked((ROOT / source).read_text(encoding="utf-8"))
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def unlinked(text: str) -> str:
    """Links out of the documentation's folder become their words."""
    return re.sub(r"\[([^\]]+)\]\((?!http|#)[^)]+\)", r"\1", text)


def doc_of(room: str) -> str:
    """What a room says of itself."""
    return (importlib.import_module(f"dubito.{room}").__doc__ or "").strip()


def of_room(room: str) -> list[Entry]:
    """Its methods."""
    return [entry for entry in entries().values() if entry.room == room]


def rooms() -> str:
    """All of them."""
    rows = [f"| [{r}]({r}.md) | {doc_of(r)} | {len(of_room(r))} |" for r in ROOMS]
    return "\n".join(["# Rooms", "", "| room | what it holds | methods |", "|---|---|---|", *rows])


def room_page(room: str) -> str:
    """One room with its methods."""
    return f"# {room}\n\n{doc_of(room)}\n\n{table(of_room(room), '../methods/')}"


def methods() -> str:
    """All methods, room by room."""
    parts = [f"## {room}\n\n{table(of_room(room), '')}" for room in ROOMS if of_room(room)]
    return "\n\n".join(["# Methods", *parts])


def table(found: list[Entry], to: str) -> str:
    """Methods, a line each."""
    told = [described(entry) for entry in found]
    lines = [f"| [{t['id']}]({to}{t['id']}.md) | {t['summary']} | {t['verdict']} |" for t in told]
    return "\n".join(["| method | what it gives | verdict |", "|---|---|---|", *lines])


def method_page(entry: Entry) -> str:
    """One method: what it gives and needs, how to call it, its source, its verdict."""
    told = described(entry)
    needs = ", ".join([*told["needs"], *told["helpers"]])
    facts = [
        ("room", f"[{told['room']}](../rooms/{told['room']}.md)"),
        ("family", told["family"]),
        ("needs", needs),
        ("generations", told["calls"]),
        ("labels", told["labels"]),
        ("source", cite(entry.method.paper)),
    ]
    lines = [
        f"# {told['id']}",
        "",
        f"{told['summary']}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in facts),
        "",
        "```text",
        document(entry.method.make),
        "```",
        "",
        *(f"!!! warning\n    {caveat}\n" for caveat in told["caveats"]),
        "## Example",
        "",
        "```python",
        example(entry).rstrip(),
        "```",
        "",
        "## Does it do what its paper says?",
        "",
        *verdict(entry),
    ]
    return "\n".join(lines)


def verdict(entry: Entry) -> list[str]:
    """What came of its claim."""
    kept = row_of(entry.method)
    if kept is None:
        return ["Its experiment has not been run yet."]
    return [f"**{kept.verdict}**: see the [scoreboard](../scoreboard.md)."]
