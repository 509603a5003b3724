"""dubito score: evidence in, scores out, no model."""

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from dubito.cli.options import EngineName, Json, Names, Samples, Workers, names_of
from dubito.evidence import Estimator, Evidence, Score
from dubito.spread import Engine, spread


class Scored(NamedTuple):
    """One record and what each estimator says of it."""

    id: str
    prompt: str
    answer: str
    scores: dict[str, Score]


def score(
    evidence: Annotated[Path, typer.Argument(help="a run's folder or a .parquet file")],
    names: Names = None,
    samples: Samples = 10,
    engine: EngineName = "local",
    workers: Workers = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="one line an evidence")] = False,
) -> None:
    """Score stored evidence with any estimators; what cannot be measured says why."""
    from dubito.catalogue import estimators
    from dubito.cli.engines import engine_named

    spread_over = engine_named(engine, workers)
    using = estimators(names_of(names), samples=samples)
    with redirect_stdout(sys.stderr):  # what an engine prints of its own
        scored = all_scored(evidence, using, spread_over)
    if as_json:
        typer.echo(as_json_text(scored))
    elif as_csv:
        write_csv(scored, list(using))
    else:
        Console().print(summary(scored, list(using)))


def all_scored(
    path: Path, using: Mapping[str, Estimator], engine: Engine | None = None
) -> list[Scored]:
    """Every record under a path, part by part, in order; read here, whoever scores them."""
    from dubito.store import parts_of, read_evidence

    work = partial(score_part, using=using)
    parts = map(read_evidence, parts_of(path))
    if engine is None:
        return [one for part in parts for one in work(part)]
    found = {outcome.index: outcome.result() for outcome in spread(work, parts, engine)}
    return [one for index in sorted(found) for one in found[index]]


def score_part(records: Sequence[Evidence], using: Mapping[str, Estimator]) -> list[Scored]:
    """The scores of one part."""
    from dubito.estimate.scoring import score as score_all

    return [Scored(e.id, e.prompt, e.answer.text, score_all(e, using)) for e in records]


def as_json_text(scored: Sequence[Scored]) -> str:
    """All that is known of each score."""
    from dubito.answer import doubt_json

    told = [
        {"id": one.id, "prompt": one.prompt, "answer": one.answer}
        | {"doubt": {name: doubt_json(s) for name, s in one.scores.items()}}
        for one in scored
    ]
    return json.dumps(told, ensure_ascii=False, indent=1)


def write_csv(scored: Sequence[Scored], names: Sequence[str]) -> None:
    """A line a record; what is missing is empty."""
    writer = csv.writer(sys.stdout)
    writer.writerow(["id", "prompt", "answer", *names])
    for one in scored:
        doubts = ["" if math.isnan(s.doubt) else s.doubt for s in one.scores.values()]
        writer.writerow([one.id, one.prompt, one.answer, *doubts])


def summary(scored: Sequence[Scored], names: Sequence[str]) -> Table:
    """A line an estimator."""
    table = Table(title=f"{len(scored)} records", header_style="bold")
    for head in ("estimator", "scored", "lowest", "median", "highest", "why not"):
        table.add_column(head, justify="left" if head in ("estimator", "why not") else "right")
    for name in names:
        found = [one.scores[name] for one in scored]
        known = sorted(s.doubt for s in found if not math.isnan(s.doubt))
        figures = (
            [f"{x:.2f}" for x in (known[0], known[len(known) // 2], known[-1])]
            if known
            else ["-"] * 3
        )
        why = next((s.reason for s in found if s.reason), "")
        table.add_row(name, str(len(known)), *figures, why)
    return table
