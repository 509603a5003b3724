"""dubito advise: which estimators fit, and what the scoreboard says of them."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dubito.cli.options import Json
from dubito.method import Access
from dubito.taxonomy import Labels

if TYPE_CHECKING:
    from dubito.catalogue import Entry

LEVELS: dict[str, tuple[Access, ...]] = {
    "text": ("text",),
    "logprobs": ("text", "logprobs"),
    "logits": ("text", "logprobs", "logits"),
    "layers": ("text", "logprobs", "logits", "hidden", "attention"),
}


def advise(
    access: Annotated[
        str | None, typer.Option(help="what the model shows: text, logprobs, logits or layers")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(min=1, help="generations you can pay for a question")
    ] = None,
    encoder: Annotated[
        bool, typer.Option(help="may a small sentence encoder run beside it?")
    ] = True,
    labels: Annotated[
        str, typer.Option(help="none, or training: answers known to be right or wrong")
    ] = "none",
    as_json: Json = False,
) -> None:
    """Ask what you have (or take it from flags), and name what is worth trying, with numbers."""
    from dubito.catalogue import Need, entries, having, price
    from dubito.claims.kept import real_aurocs
    from dubito.cli.methods import one_of

    question = f"What does your model show? {', '.join(LEVELS)}"
    access = access or typer.prompt(question, "logprobs")
    if access not in LEVELS:
        raise ValueError(f"access must be one of {', '.join(LEVELS)}, got {access!r}")
    budget: int = calls or typer.prompt("How many answers can you draw a question?", 11, type=int)
    need = Need(
        access=LEVELS[access],
        labels=one_of(labels, Labels, "labels"),
        calls=budget,
        helpers=encoder,
        room="estimate",
    )
    found = having(need, entries().values())
    measured = {name: known[0] for name, known in real_aurocs().items()}
    found.sort(key=lambda e: (-measured.get(e.method.id, 0.0), price(need, e.traits), e.method.id))
    rows = [described(e, measured) for e in found]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    Console().print(advice(rows))


def described(entry: "Entry", measured: dict[str, float]) -> dict[str, Any]:
    """An estimator, what it costs and what is known of it."""
    from dubito.claims.kept import loses, row_of

    claim = row_of(entry.method)
    return {
        "id": entry.method.id,
        "calls": entry.calls,
        "helpers": list(entry.helpers),
        "verdict": claim.verdict if claim else "none yet",
        "effect": claim.effect if claim else None,
        "baseline": claim.baseline if claim else None,
        "auroc": measured.get(entry.method.id),
        "loses_to_perplexity": loses(entry.method.id),
    }


def advice(rows: list[dict[str, Any]]) -> Table:
    """What fits, a line each, with the figures that speak for it."""
    table = Table(
        title=f"{len(rows)} estimators fit; the best on real facts first",
        caption="x: plainly below perplexity, which costs one answer" if any_loses(rows) else None,
        header_style="bold",
    )
    for head in ("estimator", "generations", "also needs", "AUROC on real facts", "its claim"):
        table.add_column(head, justify="right" if "AUROC" in head else "left")
    for r in rows:
        auroc = "-" if r["auroc"] is None else f"{r['auroc']:.2f}"
        auroc += " x" if r["loses_to_perplexity"] else "  "
        claim = (
            r["verdict"]
            if r["effect"] is None
            else f"{r['verdict']} ({r['effect']:+.2f} over {r['baseline']})"
        )
        table.add_row(r["id"], r["calls"], ", ".join(r["helpers"]), auroc, claim)
    return table


def any_loses(rows: list[dict[str, Any]]) -> bool:
    """Is there one that a cheap baseline beats?"""
    return any(r["loses_to_perplexity"] for r in rows)
