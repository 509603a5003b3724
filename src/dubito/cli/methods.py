"""dubito methods: what there is, what it needs, how it is called."""

import inspect
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from dubito.cli.options import Json, Samples
from dubito.method import Access, Family, Level, Output
from dubito.taxonomy import Labels

if TYPE_CHECKING:
    from dubito.catalogue import Entry

SHORT = {"holds weakly": "weakly", "not reproduced": "not repr.", "none yet": ""}

methods = typer.Typer(help="List the methods, or show one.", invoke_without_command=True)


@methods.callback()
def listing(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="estimate, calibrate, decide, align ...")] = None,
    access: Annotated[
        str | None,
        typer.Option(
            help="what your model shows: text, logprobs, logits, hidden, attention; with commas"
        ),
    ] = None,
    family: Annotated[str | None, typer.Option(help="token, verbalised, semantic ...")] = None,
    labels: Annotated[
        str | None, typer.Option(help="the most you have: none, calibration, training")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(min=0, help="generations a question may cost")
    ] = None,
    samples: Samples = 10,
    level: Annotated[
        str | None, typer.Option(help="what a doubt is of: token, claim, answer, prompt")
    ] = None,
    output: Annotated[str | None, typer.Option(help="rank, probability, set, decision ...")] = None,
    verdict: Annotated[str | None, typer.Option(help="of its claim, e.g. holds")] = None,
    coverage: Annotated[bool, typer.Option(help="count methods by family and access")] = False,
    as_json: Json = False,
) -> None:
    """All methods that pass the filters, the cheapest first."""
    if context.invoked_subcommand:
        return
    from dubito.catalogue import Need, entries, having

    need = Need(
        access=None if access is None else chosen(access.split(","), Access, "access"),
        labels=one_of(labels, Labels, "labels"),
        calls=calls,
        samples=samples,
        level=one_of(level, Level, "level"),
        output=one_of(output, Output, "output"),
        family=one_of(family, Family, "family"),
        room=room,
    )
    found = having(need, entries().values())
    if coverage:
        show_coverage(found, as_json=as_json)
        return
    rows = [r for r in map(described, found) if verdict in (None, r["verdict"])]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    console = Console()
    for at in dict.fromkeys(r["room"] for r in rows):
        console.print(room_table(at, [r for r in rows if r["room"] == at]))
    console.print("[dim]more of one: dubito methods show ID[/]")


def one_of(given: str | None, known: Any, what: str) -> Any:
    """The word, if it is one of a Literal's; None where none is given.

    Raises:
        ValueError: names those that there are.
    """
    return None if given is None else chosen([given], known, what)[0]


def chosen(given: list[str], known: Any, what: str) -> list[Any]:
    """The words, all of which are among a Literal's."""
    words = [word.strip() for word in given]
    for word in words:
        if word not in get_args(known):
            raise ValueError(f"no {what} {word!r}; there are: {', '.join(get_args(known))}")
    return words


def show_coverage(found: Sequence["Entry"], *, as_json: bool) -> None:
    """Families by access, with how many methods need it; a dot where there is none."""
    from dubito.catalogue import ACCESS
    from dubito.catalogue import coverage as counted

    table = counted(found)
    if as_json:
        typer.echo(json.dumps(table, indent=1))
        return
    title = "methods by family and by what they need; a dot: none"
    shown = Table(title=title, box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("family", no_wrap=True)
    for access in ACCESS:
        shown.add_column(access, justify="right")
    for family, row in table.items():
        shown.add_row(family, *(str(row[a] or ".") for a in ACCESS))
    Console().print(shown)


def room_table(room: str, rows: list[dict[str, Any]]) -> Table:
    """One room's methods, a line each."""
    table = Table(
        title=f"{room}: {len(rows)}", box=SIMPLE_HEAD, pad_edge=False, title_justify="left"
    )
    for head in ("id", "needs", "verdict", "what it gives"):
        table.add_column(head, no_wrap=head != "what it gives")
    for r in rows:
        # the last is needed least often: it tells methods apart
        table.add_row(
            r["id"], *r["needs"][-1:], SHORT.get(r["verdict"], r["verdict"]), r["summary"]
        )
    return table


@methods.command()
def show(method_id: Annotated[str, typer.Argument(help="id")], as_json: Json = False) -> None:
    """One method: what it gives, what it needs, how to call it, its source, its verdict."""
    from dubito.catalogue import cite, find
    from dubito.cli.example import example

    entry = find(method_id)
    told = described(entry) | {
        "source": cite(entry.method.paper),
        "doc": document(entry.method.make),
        "example": example(entry),
    }
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{told['id']}[/]  {told['summary']}\n")
    console.print(told["doc"], markup=False)
    needs = ", ".join([*told["needs"], *told["helpers"]])
    console.print(f"\n[dim]needs[/]    {needs}; generations: {told['calls']}")
    scores = f"; scores the {', the '.join(told['levels'])}" if told["levels"] else ""
    console.print(f"[dim]family[/]   {told['family']}{scores}")
    for caveat in told["caveats"]:
        console.print(f"[dim]but[/]      {caveat}", markup=True)
    console.print(f"[dim]source[/]   {told['source']}", markup=True)
    console.print(f"[dim]verdict[/]  {told['verdict']}\n")
    console.print(told["example"], markup=False, soft_wrap=True)


def described(entry: "Entry") -> dict[str, Any]:
    """An entry as plain words."""
    from dubito.claims.kept import row_of

    method, traits = entry.method, entry.traits
    kept = row_of(method)
    return {
        "id": method.id,
        "room": entry.room,
        "family": traits.family,
        "needs": list(entry.needs),
        "helpers": list(entry.helpers),
        "calls": entry.calls,
        "labels": traits.labels,
        "levels": list(traits.levels),
        "separates": traits.separates,
        "output": traits.output,
        "direction": traits.direction,
        "caveats": list(traits.caveats),
        "summary": method.summary,
        "paper": method.paper,
        "verdict": kept.verdict if kept else "none yet",
    }


def document(make: Any) -> str:
    """The docstring of a row's function, or of the class of what it makes."""
    found = make if inspect.isfunction(make) else make()
    return inspect.getdoc(found if inspect.isfunction(found) else type(found)) or ""
