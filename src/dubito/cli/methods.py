"""dubito methods: what there is, what it needs, how it is called."""

import json
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from dubito.cli.options import Json

SHORT = {"holds weakly": "weakly", "not reproduced": "not repr.", "none yet": ""}

methods = typer.Typer(help="List the methods, or show one.", invoke_without_command=True)


@methods.callback()
def listing(
    context: typer.Context,
    room: Annotated[str | None, typer.Option(help="estimate, calibrate, decide ...")] = None,
    access: Annotated[
        str | None,
        typer.Option(help="what your model shows: text, logprobs, logits; with commas"),
    ] = None,
    family: Annotated[str | None, typer.Option(help="token, verbalised, semantic ...")] = None,
    verdict: Annotated[str | None, typer.Option(help="of its claim, e.g. holds")] = None,
    as_json: Json = False,
) -> None:
    """All methods that pass the filters."""
    if context.invoked_subcommand:
        return
    from dubito.catalogue import entries, having

    found = list(entries().values())
    if access is not None:
        found = having(access.split(","), found)
    rows = [described(e) for e in found]
    for key, wanted in (("room", room), ("family", family), ("verdict", verdict)):
        rows = [r for r in rows if wanted is None or r[key] == wanted]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    console = Console()
    for at in dict.fromkeys(r["room"] for r in rows):
        console.print(room_table(at, [r for r in rows if r["room"] == at]))
    console.print("[dim]more of one: dubito methods show ID[/]")


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

    entry = find(method_id)
    told = described(entry) | {
        "source": cite(entry.method.paper),
        "doc": document(entry.method.make),
        "example": example(entry.method.id, entry.room),
    }
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{told['id']}[/]  {told['summary']}\n")
    console.print(told["doc"], markup=False)
    needs = ", ".join([*told["needs"], *told["helpers"]])
    console.print(f"\n[dim]needs[/]    {needs}; generations: {told['calls']}")
    console.print(f"[dim]source[/]   {told['source']}", markup=True)
    console.print(f"[dim]verdict[/]  {told['verdict']}\n")
    console.print(told["example"], markup=False)


def described(entry: Any) -> dict[str, Any]:
    """An entry as plain words."""
    from dubito.claims.kept import row_of

    method = entry.method
    kept = row_of(method)
    return {
        "id": method.id,
        "room": entry.room,
        "family": method.family,
        "needs": list(entry.needs),
        "helpers": list(entry.helpers),
        "calls": entry.calls,
        "summary": method.summary,
        "paper": method.paper,
        "verdict": kept.verdict if kept else "none yet",
    }


def document(make: Any) -> str:
    """The docstring of what a row makes."""
    import inspect

    made = make()
    return inspect.getdoc(type(made)) or ""


def example(method_id: str, room: str) -> str:
    """Lines that run."""
    if room == "estimate":
        return (
            "import dubito\n\n"
            f'using = dubito.estimators(["{method_id}"])\n'
            'answer = dubito.ask("What is the capital of Peru?", using=using)\n'
            f'print(answer.text, answer.scores["{method_id}"].doubt)'
        )
    return f'from dubito.catalogue import find\n\nmethod = find("{method_id}").method.make()'
