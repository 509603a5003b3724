"""dubito score: evidence in, scores out, no model."""

import csv
import json
import math
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dubito.cli.options import Json, Names, Samples, names_of


def score(
    evidence: Annotated[Path, typer.Argument(help="a run's folder or a .parquet file")],
    names: Names = None,
    samples: Samples = 10,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="one line an evidence")] = False,
) -> None:
    """Score stored evidence with any estimators; what cannot be measured says why."""
    from dubito.answer import doubt_json
    from dubito.catalogue import estimators
    from dubito.estimate.scoring import score as score_all
    from dubito.store import read_evidence

    using = estimators(names_of(names), samples=samples)
    records = read_evidence(evidence)
    scored = [(e, score_all(e, using)) for e in records]
    if as_json:
        told = [
            {"id": e.id, "prompt": e.prompt, "answer": e.answer.text}
            | {"doubt": {name: doubt_json(s) for name, s in scores.items()}}
            for e, scores in scored
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(["id", "prompt", "answer", *using])
        for e, scores in scored:
            doubts = ["" if math.isnan(s.doubt) else s.doubt for s in scores.values()]
            writer.writerow([e.id, e.prompt, e.answer.text, *doubts])
        return
    table = Table(title=f"{len(records)} records", header_style="bold")
    for head in ("estimator", "scored", "lowest", "median", "highest", "why not"):
        table.add_column(head, justify="left" if head in ("estimator", "why not") else "right")
    for name in using:
        found = [scores[name] for _, scores in scored]
        known = sorted(s.doubt for s in found if not math.isnan(s.doubt))
        figures = (
            [f"{x:.2f}" for x in (known[0], known[len(known) // 2], known[-1])]
            if known
            else ["-"] * 3
        )
        why = next((s.reason for s in found if s.reason), "")
        table.add_row(name, str(len(known)), *figures, why)
    Console().print(table)
