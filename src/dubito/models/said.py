"""Answers that were given before, from a file, as evidence."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dubito.evidence import Evidence, Plan
from dubito.models.collect import Collector
from dubito.models.stored import evidence_from_response, evidence_from_texts


def evidence_said(path: Path, plan: Plan) -> list[Evidence]:
    """Evidence of every line of a .jsonl; meaning is measured where the plan asks for it.

    A line holds `question` and `answer` (and perhaps `samples`, a list), or `question` and
    `response`, a stored chat completion.

    Raises:
        ValueError: an empty file or a line that is neither; says which.
    """
    made = [one(line, f"{path}, line {i}") for i, line in lines(path)]
    if not made:
        raise ValueError(f"{path} has no lines; write one JSON object a line")
    return Collector().enrich(made, plan)


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with something on them, with their numbers."""
    for i, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if line.strip():
            yield i, line


def one(line: str, where: str) -> Evidence:
    """The evidence of one line."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: broken JSON: {error.msg}") from error
    if not isinstance(row, dict) or "question" not in row or not {"answer", "response"} & set(row):
        raise ValueError(f"{where}: an object with question, and answer or response, is needed")
    if "response" in row:
        made = evidence_from_response(row["question"], row["response"])
    else:
        made = evidence_from_texts(row["question"], row["answer"], row.get("samples", ()))
    return replace(made, id=str(row.get("id", where)))
