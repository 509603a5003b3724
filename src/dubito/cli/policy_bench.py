"""dubito bench --policy: the same questions alone and with passages, and what doubt makes of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

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


def policies(
    questions: Sequence[Question],
    collect: Callable[[Path, Sequence[Question]], Run],
    using: Mapping[str, Estimator],
    out: Path,
    *,
    search: str,
    risk: float,
    budget: float,
) -> PolicyResults:
    """Two runs, which resume each by itself, judged together."""
    index = WordIndex(load_passages(search))
    found = index([q.text for q in questions], PASSAGES)
    shown = [
        replace(q, text=with_passages(q.text, p)) for q, p in zip(questions, found, strict=True)
    ]
    alone = collect(out / "alone", questions).evidence()
    helped = collect(out / "helped", shown).evidence()
    with Console(stderr=True).status("judging policies"):
        tables = [table(e, using) for e in (alone, helped)]
        right = [
            [is_right(e.answer.text, q) for e, q in zip(evidence, questions, strict=True)]
            for evidence in (alone, helped)
        ]
        tokens = np.column_stack([[written(e) for e in evidence] for evidence in (alone, helped)])
        both = Helped(list(using), (tables[0], tables[1]), np.array(right).T, tokens)
        return judge_policies(both, risk=risk, budget=budget)


def table(evidence: Sequence[Evidence], using: Mapping[str, Estimator]) -> Floats:
    """[N, M] doubts; NaN where one is not known."""
    scores = [score(e, using, errors=False) for e in evidence]
    return np.array([[s[name].doubt for name in using] for s in scores])


def written(evidence: Evidence) -> float:
    """Tokens of the answer and its samples."""
    return float(sum(len(s.tokens) for s in (evidence.answer, *evidence.samples)))


def show_policies(results: PolicyResults, out: Path, *, title: str, as_json: bool) -> None:
    """The page, and a table or JSON."""
    page = out / "policy.html"
    write_policy_page(results, page, title=f"Acting on doubt: {title}", help_named="passages")
    if as_json:
        typer.echo(json.dumps(results.to_json(), indent=1))
        return
    shown = Console()
    shown.print(policy_table(results))
    shown.print(splits_line(results.splits))
    shown.print(f"report: {page.resolve()}", highlight=False, soft_wrap=True)
