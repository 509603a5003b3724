"""dubito bench: the main job, from questions to a table and a report."""

import json
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dubito.cli.options import (
    Count,
    Data,
    EngineName,
    Gpus,
    Json,
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


def bench(
    data: Data = "facts",
    n: Count = None,
    model: Model = "smollm2",
    names: Names = None,
    out: Out = Path("runs/bench"),
    samples: Samples = 10,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 32,
    seed: Seed = 0,
    risk: Annotated[float, typer.Option(help="share of wrong answers to promise")] = 0.3,
    nli: Nli = None,
    engine: EngineName = "local",
    workers: Workers = None,
    gpus: Gpus = 0.0,
    policy: Annotated[
        str | None,
        typer.Option(
            help="what help for the doubtful buys: passages to retrieve (facts or a file), or "
            "model:NAME to ask"
        ),
    ] = None,
    budget: Annotated[float, typer.Option(help="with --policy: share helped, at most")] = 0.5,
    save_calibration: Annotated[
        Path | None, typer.Option(help="write the calibrated combination for dubito ask")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask many questions, measure doubt in one pass, calibrate on one half, judge on the other.

    Stops and starts again where it was: the same command with the same --out goes on.
    """
    from dubito.bench.evaluate import evaluate
    from dubito.bench.report import write_report
    from dubito.bench.table import results_json, results_table, selective_line
    from dubito.catalogue import estimators
    from dubito.cli.engines import engine_named, threads_here
    from dubito.cli.policy_bench import policies, show_policies
    from dubito.cli.setting_up import collected, questions_from
    from dubito.estimate.scoring import joint_plan
    from dubito.models.base import Generation

    console = Console(stderr=True)
    spread_over = engine_named(engine, workers, threads=threads_here, gpus=gpus)
    using = estimators(names_of(names), samples=samples)
    plan = joint_plan(using.values())
    generation = Generation(max_tokens=max_tokens, temperature=temperature, seed=seed)
    questions = questions_from(data, n, seed)
    collect = partial(
        collected, model=model, plan=plan, generation=generation, nli=nli, engine=spread_over
    )
    if policy:
        results = policies(
            questions, collect, using, out, help_from=policy, risk=risk, budget=budget
        )
        title = f"{model} over {data}"
        show_policies(results, out, title=title, help_from=policy, as_json=as_json)
        return
    run = collect(out, questions)
    with console.status(f"scoring {len(using)} estimators"):
        results = evaluate(questions, run.evidence(), using, risk=risk, seed=seed)
        write_report(
            results,
            out / "report.html",
            title=f"The doubt of {model} over {len(questions)} questions ({data})",
            settings=run.settings | {"command": f"dubito {shlex.join(sys.argv[1:])}"},
            cost=run.cost(),
        )
    if save_calibration:
        from dubito.bench.calibration import learned

        learned(results, model=model, data=data).save(save_calibration)
    if as_json:
        typer.echo(json.dumps(results_json(results), indent=1))
        return
    shown = Console()
    shown.print(results_table(results))
    shown.print(selective_line(results))
    shown.print(f"report: {(out / 'report.html').resolve()}", highlight=False, soft_wrap=True)
