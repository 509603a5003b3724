"""dubito collect: evidence into a folder, by asking a model or from what was said before."""

from pathlib import Path
from typing import Annotated

import typer

from dubito.cli.options import (
    Count,
    Data,
    EngineName,
    Gpus,
    MaxTokens,
    Model,
    Names,
    Nli,
    Out,
    Samples,
    Seed,
    Temperature,
    Workers,
    names_of,
)


def collect(
    data: Data = "facts",
    n: Count = None,
    model: Model = "smollm2",
    names: Names = None,
    out: Out = Path("runs/collect"),
    samples: Samples = 10,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 32,
    seed: Seed = 0,
    nli: Nli = None,
    engine: EngineName = "local",
    workers: Workers = None,
    gpus: Gpus = 0.0,
    said: Annotated[
        Path | None,
        typer.Option(
            help="a .jsonl of answers that are there already: question with answer and samples, "
            "or question with response (a stored chat completion); nothing is generated"
        ),
    ] = None,
) -> None:
    """Collect the evidence that estimators need; `dubito score` reads it without a model."""
    from dubito.catalogue import estimators
    from dubito.cli.engines import engine_named, threads_here
    from dubito.cli.setting_up import collected, questions_from
    from dubito.estimate.scoring import joint_plan
    from dubito.models.base import Generation

    spread_over = engine_named(engine, workers, threads=threads_here, gpus=gpus)
    plan = joint_plan(estimators(names_of(names), samples=samples).values())
    if said is not None:
        if spread_over is not None:
            raise ValueError(
                "--said asks no model: there is nothing to spread; leave --engine away"
            )
        from dubito.models.said import evidence_said
        from dubito.store import write_evidence

        evidence = evidence_said(said, plan)
        write_evidence(out / "evidence" / "part-000000.parquet", evidence)
        typer.echo(f"{len(evidence)} records in {out}; score them with: dubito score {out}")
        return
    questions = questions_from(data, n, seed)
    generation = Generation(max_tokens=max_tokens, temperature=temperature, seed=seed)
    collected(
        out,
        questions,
        model=model,
        plan=plan,
        generation=generation,
        nli=nli,
        engine=spread_over,
    )
    typer.echo(f"{len(questions)} records in {out}; score them with: dubito score {out}")
