"""dubito bench --policy: the same questions alone and with help, and what doubt makes of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import typer
from rich.console import Console

from dubito.bench.policy import Helped, PolicyResults, judge_policies
from dubito.bench.policy_page import write_policy_page
from dubito.bench.run import Run
from dubito.bench.table import policy_table, splits_line
from dubito.data.matching import is_right
from dubito.data.passages import load_passages
from dubito.data.question import Question
from dubito.estimate.scoring import score
from dubito.evidence import Estimator, Evidence, Floats
from dubito.models.retrieval import WordIndex, with_passages

PASSAGES = 3  # shown with a question
OTHER = "model:"  # before the name of another model to ask


class Collect(Protocol):
    """Questions to a run in a folder."""

    def __call__(self, out: Path, questions: Sequence[Question], /, *, model: str = ...) -> Run:
        """Begun, gone on with, or found whole; `model` another one than the command's."""
        ...


def policies(
    questions: Sequence[Question],
    collect: Collect,
    using: Mapping[str, Estimator],
    out: Path,
    *,
    help_from: str,
    risk: float,
    budget: float,
) -> PolicyResults:
    """Two runs, which resume each by itself, judged together."""
    alone = collect(out / "alone", questions).evidence()
    if help_from.startswith(OTHER):
        other = collect(out / "helped", questions, model=help_from.removeprefix(OTHER))
    else:
        other = collect(out / "helped", with_facts(questions, help_from))
    helped = other.evidence()
    with Console(stderr=True).status("judging policies"):
        tables = [table(e, using) for e in (alone, helped)]
        right = [
            [is_right(e.answer.text, q) for e, q in zip(evidence, questions, strict=True)]
            for evidence in (alone, helped)
        ]
        tokens = np.column_stack([[written(e) for e in evidence] for evidence in (alone, helped)])
        both = Helped(list(using), (tables[0], tables[1]), np.array(right).T, tokens)
        return judge_policies(both, risk=risk, budget=budget)


def with_facts(questions: Sequence[Question], source: str) -> list[Question]:
    """The same questions behind the passages that are found for them."""
    found = WordIndex(load_passages(source))([q.text for q in questions], PASSAGES)
    return [
        replace(q, text=with_passages(q.text, p)) for q, p in zip(questions, found, strict=True)
    ]


def table(evidence: Sequence[Evidence], using: Mapping[str, Estimator]) -> Floats:
    """[N, M] doubts; NaN where one is not known."""
    scores = [score(e, using, errors=False) for e in evidence]
    return np.array([[s[name].doubt for name in using] for s in scores])


def written(evidence: Evidence) -> float:
    """Tokens of the answer and its samples."""
    return float(sum(len(s.tokens) for s in (evidence.answer, *evidence.samples)))


def show_policies(
    results: PolicyResults, out: Path, *, title: str, help_from: str, as_json: bool
) -> None:
    """The page, and a table or JSON."""
    page = out / "policy.html"
    named = help_from.removeprefix(OTHER) if help_from.startswith(OTHER) else "passages"
    write_policy_page(results, page, title=f"Acting on doubt: {title}", help_named=named)
    if as_json:
        typer.echo(json.dumps(results.to_json(), indent=1))
        return
    shown = Console()
    shown.print(policy_table(results))
    shown.print(splits_line(results.splits))
    shown.print(f"report: {page.resolve()}", highlight=False, soft_wrap=True)
