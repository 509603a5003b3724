"""dubito guard: a model that acts on its doubt."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dubito.cli.options import (
    Count,
    Data,
    Json,
    MaxTokens,
    Model,
    Names,
    Samples,
    Seed,
    Temperature,
    names_of,
)

guard = typer.Typer(help="Answer, retrieve, escalate or abstain, as doubt says.")
Folder = Annotated[Path, typer.Argument(help="of a guard, from dubito guard fit")]


@guard.command()
def fit(
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for the guard")],
    data: Data = "facts",
    n: Count = None,
    model: Model = "smollm2",
    retrieve: Annotated[
        str | None, typer.Option(help="passages: facts, a .txt (paragraphs) or a .jsonl file")
    ] = None,
    k: Annotated[int, typer.Option("--passages", min=1, help="shown with a question")] = 3,
    retrieve_budget: Annotated[float, typer.Option(help="share retrieved for, at most")] = 0.5,
    escalate: Annotated[str | None, typer.Option(help="a larger model, as for --model")] = None,
    escalate_budget: Annotated[float, typer.Option(help="share of calls to it, at most")] = 0.2,
    risk: Annotated[float, typer.Option(help="share of wrong answers to promise; 1: none")] = 0.1,
    names: Names = None,
    samples: Samples = 10,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 32,
    seed: Seed = 0,
) -> None:
    """Learn from questions with known answers when to answer, and what to do otherwise."""
    from dubito.answer import DEFAULT
    from dubito.cli.guard_view import promise_line
    from dubito.cli.setting_up import progress_bar, questions_from, quieten
    from dubito.data.passages import load_passages
    from dubito.guard import Abstain, Escalate, Guard, Retrieve
    from dubito.models.base import Generation

    quieten()
    policy: list[Retrieve | Escalate | Abstain] = []
    if retrieve:
        policy.append(Retrieve(load_passages(retrieve), k=k, budget=retrieve_budget))
    if escalate:
        policy.append(Escalate(escalate, budget=escalate_budget))
    if risk < 1:
        policy.append(Abstain(risk=risk))
    made = Guard(
        model,
        policy,
        names=names_of(names) or DEFAULT,
        samples=samples,
        generation=Generation(max_tokens=max_tokens, temperature=temperature, seed=seed),
        seed=seed,
    )
    questions = questions_from(data, n, seed)
    total = len(questions) * (1 + bool(retrieve) + bool(escalate))
    with progress_bar(total, "asking", Console(stderr=True)) as advance:
        made.fit(questions, progress=advance)
    made.save(out)
    console = Console()
    console.print(promise_line(made), highlight=False)
    console.print(f"saved: {out.resolve()}", highlight=False, soft_wrap=True)


@guard.command()
def ask(
    folder: Folder,
    question: Annotated[str, typer.Argument(help="what to ask")],
    as_json: Json = False,
) -> None:
    """One question to a guard: its answer, what it did, and why."""
    from dubito.cli.guard_view import show_guarded
    from dubito.cli.setting_up import quieten
    from dubito.guard import Guard

    quieten()
    with Console(stderr=True).status("thinking"):
        answer = Guard.load(folder)(question)
    if as_json:
        typer.echo(json.dumps(answer.to_json(), ensure_ascii=False, indent=1))
    else:
        show_guarded(answer, Console())


@guard.command("eval")
def evaluate(
    folder: Folder,
    data: Data = "facts",
    n: Count = None,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Is the promise kept on questions that the guard has not seen, and what is gained?"""
    from dubito.cli.guard_view import judged_table
    from dubito.cli.setting_up import questions_from, quieten
    from dubito.guard import Guard
    from dubito.guard.judged import judge

    quieten()
    with Console(stderr=True).status("asking"):
        found = judge(Guard.load(folder), questions_from(data, n, seed))
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=1))
    else:
        Console().print(judged_table(found))


@guard.command()
def refit(
    folder: Folder,
    records: Annotated[
        str, typer.Option("--from-records", help="database URL of dubito serve --records")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="folder; default: in place")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="where it was served over another one, spelt as served (NAME over an upstream: "
            "openai:NAME@URL); the refitted guard names it as its model",
        ),
    ] = None,
    unnamed: Annotated[
        bool, typer.Option(help="take answers too that do not say who gave them (old records)")
    ] = False,
) -> None:
    """Learn confidence and promise anew from the answers that people judged at /feedback."""
    from dubito.cli.guard_view import promise_line
    from dubito.extras import require
    from dubito.guard import Guard
    from dubito.guard.refit import refit as fitted_anew

    require("sqlalchemy", extra="serve")
    from dubito.serve.records import judged_at

    made = fitted_anew(Guard.load(folder, model=model), judged_at(records), unnamed=unnamed)
    made.save(out or folder)
    console = Console()
    console.print(promise_line(made), highlight=False)
    console.print("It is about questions like those that were judged.")


@guard.command()
def inspect(folder: Folder, as_json: Json = False) -> None:
    """What a guard measures, does and promises; no model is loaded."""
    from dubito.cli.guard_view import inspected
    from dubito.guard import Guard

    loaded = Guard.load(folder)
    if as_json:
        typer.echo((folder / "guard.json").read_text(encoding="utf-8"))
    else:
        Console().print(inspected(loaded))
