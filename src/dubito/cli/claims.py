"""dubito claims: run the experiments, build the scoreboard."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dubito.cli.options import EngineName, Json, Workers

claims = typer.Typer(help="Does method X really do what its paper says?", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Option(help="of the results; default: the project's")]


@claims.command()
def run(
    ids: Annotated[list[str] | None, typer.Argument(help="claims or rooms")] = None,
    everything: Annotated[bool, typer.Option("--all", help="every claim")] = False,
    folder: Folder = None,
    engine: EngineName = "local",
    workers: Workers = None,
    smoke: Annotated[bool, typer.Option(help="two seeds, tiny worlds, no verdict")] = False,
    again: Annotated[bool, typer.Option(help="also those that are done")] = False,
) -> None:
    """Run claims; what is done stays done, so a killed run goes on where it was."""
    from dubito.claims.kept import results_folder
    from dubito.claims.record import Result
    from dubito.claims.runner import TWO_PROCESSES, run_claims
    from dubito.cli.engines import engine_named
    from dubito.cli.setting_up import progress_bar

    wanted = chosen(ids or [], everything)
    spread_over = engine_named(engine, workers) or TWO_PROCESSES
    console = Console()
    with progress_bar(len(wanted), "claims", console) as advance:

        def told(result: Result) -> None:
            console.print(line(result), highlight=False)
            advance(1)

        run_claims(
            wanted,
            folder=folder or results_folder(),
            engine=spread_over,
            smoke=smoke,
            again=again,
            on_done=told,
        )


def chosen(ids: list[str], everything: bool) -> list[str]:
    """Ids of claims, rooms written out; an unknown id is an error of `run_claims`."""
    from dubito.claims.shelf import claim_modules

    modules = claim_modules()
    if everything:
        return list(modules)
    if not ids:
        raise ValueError("name a claim or a room, or use --all; see `dubito claims report`")
    rooms = {m.split(".")[2] for m in modules.values()}
    found = []
    for wanted in ids:
        inside = [i for i, m in modules.items() if wanted in rooms and m.split(".")[2] == wanted]
        found += inside or [wanted]
    return found


def line(result: "object") -> str:
    """One result in a line."""
    from dubito.claims.scoreboard import row

    r = row(result)  # type: ignore[arg-type]
    return (
        f"{r.verdict:15} {r.id:28} {r.effect:+.3f} [{r.interval[0]:+.3f}, {r.interval[1]:+.3f}] "
        f"{r.metric} over {r.baseline}; null {r.null:+.3f}; {r.seconds:.0f} s"
    )


@claims.command()
def report(
    folder: Folder = None,
    out: Annotated[Path, typer.Option(help="where the pages go")] = Path("docs"),
    as_json: Json = False,
) -> None:
    """The scoreboard as Markdown and as a page, or as JSON on the terminal."""
    from dubito.claims.kept import results_folder
    from dubito.claims.real import real_html, real_markdown
    from dubito.claims.record import read_results
    from dubito.claims.runner import told_now
    from dubito.claims.scoreboard import scoreboard_html, scoreboard_markdown, scoreboard_rows
    from dubito.store import written_aside

    source = folder or results_folder()
    results = [told_now(result) for result in read_results(source)]
    if not results:
        raise ValueError(f"no results in {source}; run `dubito claims run --all`")
    if as_json:
        typer.echo(json.dumps([asdict(r) for r in scoreboard_rows(results)], indent=1))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("scoreboard.md", scoreboard_markdown(results) + real_markdown(source / "real")),
        ("scoreboard.html", scoreboard_html(results, below=real_html(source / "real"))),
    ):
        with written_aside(out / name) as new:
            new.write_text(text, encoding="utf-8")
        typer.echo(out / name)
