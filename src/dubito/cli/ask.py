"""dubito ask: one question, its answer and its doubt."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dubito.cli.options import (
    Json,
    MaxTokens,
    Model,
    Names,
    Nli,
    Samples,
    Seed,
    Temperature,
    names_of,
)

SEVERAL = "Answer in a few sentences."  # what is asked for with --units


def ask(
    question: Annotated[str, typer.Argument(help="what to ask")],
    model: Model = "smollm2",
    samples: Samples = 10,
    names: Names = None,
    calibration: Annotated[
        Path | None, typer.Option(help="made by dubito bench --save-calibration")
    ] = None,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 32,
    seed: Seed = 0,
    nli: Nli = None,
    units: Annotated[
        bool, typer.Option("--units", help="doubt of each sentence too; give more --max-tokens")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer a question; show how far to trust the answer, and why."""
    from dubito.answer import DEFAULT, load_calibration, shipped_calibration
    from dubito.answer import ask as answer_to
    from dubito.catalogue import estimators
    from dubito.cli.answer_view import show
    from dubito.cli.setting_up import collector_for
    from dubito.cli.units_view import doubts_of_units, show_units, units_json
    from dubito.models.base import Generation

    short = Generation(max_tokens=max_tokens, temperature=temperature, seed=seed)
    console = Console(stderr=True)
    fitted = load_calibration(calibration) if calibration else shipped_calibration(model)
    wanted = names_of(names) or list(fitted.estimators if fitted else DEFAULT)
    using = estimators(wanted, samples=samples)
    collect = collector_for(model, nli, console)
    with console.status("thinking"):
        answer = answer_to(
            question,
            using=using,
            calibration=fitted,
            generation=replace(short, instruction=SEVERAL) if units else short,
            collector=collect,
        )
        found = doubts_of_units(answer.evidence, collect) if units else []
    if as_json:
        told = answer.to_json() | ({"units": units_json(found)} if units else {})
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    show(answer, Console())
    if units:
        show_units(found, Console())
