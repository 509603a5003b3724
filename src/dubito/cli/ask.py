"""dubito ask: one question, its answer and its doubt."""

import json
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
    as_json: Json = False,
) -> None:
    """Answer a question; show how far to trust the answer, and why."""
    from dubito.answer import DEFAULT, load_calibration, shipped_calibration
    from dubito.answer import ask as answer_to
    from dubito.catalogue import estimators
    from dubito.cli.answer_view import show
    from dubito.cli.setting_up import collector_for
    from dubito.models.base import Generation

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
            generation=Generation(max_tokens=max_tokens, temperature=temperature, seed=seed),
            collector=collect,
        )
    if as_json:
        typer.echo(json.dumps(answer.to_json(), ensure_ascii=False, indent=1))
    else:
        show(answer, Console())
