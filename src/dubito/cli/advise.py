"""dubito advise: which estimators fit, and what the scoreboard says of them."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dubito.cli.options import Json

LEVELS = {
    "text": ("text",),
    "logprobs": ("text", "logprobs"),
    "logits": ("text", "logprobs", "logits"),
}


def advise(
    access: Annotated[
        str | None, typer.Option(help="what the model shows: text, logprobs or logits")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(min=1, help="generations you can pay for a question")
    ] = None,
    encoder: Annotated[
        bool, typer.Option(help="may a small sentence encoder run beside it?")
    ] = True,
    as_json: Json = False,
) -> None:
    """Ask what you have (or take it from flags), and name what is worth trying, with numbers."""
    from dubito.catalogue import entries, having
    from dubito.claims.kept import real_auroc, scoreboard

    access = access or typer.prompt("What does your model show? text, logprobs, logits", "logprobs")
    if access not in LEVELS:
        raise ValueError(f"access must be one of {', '.join(LEVELS)}, got {access!r}")
    budget: int = calls or typer.prompt("How many answers can you draw a question?", 11, type=int)
    board = scoreboard()
    found = [
        e
        for e in having(LEVELS[access], entries().values())
        if e.room == "estimate" and cost_of(e.calls) <= budget and (encoder or not e.helpers)
    ]
    measured = real_auroc()
    found.sort(key=lambda e: (-measured.get(e.method.id, 0.0), cost_of(e.calls), e.method.id))
    rows = [
        {
            "id": e.method.id,
            "calls": e.calls,
            "helpers": list(e.helpers),
            "verdict": board[e.method.id].verdict if e.method.id in board else "none yet",
            "effect": board[e.method.id].effect if e.method.id in board else None,
            "baseline": board[e.method.id].baseline if e.method.id in board else None,
            "auroc": measured.get(e.method.id),
        }
        for e in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table(
        title=f"{len(rows)} estimators fit; the best on real facts first", header_style="bold"
    )
    for head in ("estimator", "generations", "also needs", "AUROC on real facts", "its claim"):
        table.add_column(head, justify="right" if "AUROC" in head else "left")
    for r in rows:
        auroc = "-" if r["auroc"] is None else f"{r['auroc']:.2f}"
        claim = (
            r["verdict"]
            if r["effect"] is None
            else f"{r['verdict']} ({r['effect']:+.2f} over {r['baseline']})"
        )
        table.add_row(r["id"], r["calls"], ", ".join(r["helpers"]), auroc, claim)
    Console().print(table)


def cost_of(calls: str) -> int:
    """Generations at K = 10."""
    return sum(10 if part == "K" else int(part) for part in calls.split(" + "))
