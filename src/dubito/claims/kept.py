"""The results that come with dubito, and what they say of each method."""

import json
from functools import cache
from pathlib import Path

from dubito.claims.record import read_results
from dubito.claims.scoreboard import Row, scoreboard_rows
from dubito.method import Method


def results_folder() -> Path:
    """`results/` of the checkout, or the copy inside an installed package."""
    packaged = Path(__file__).parents[1] / "results"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "results"


@cache
def scoreboard() -> dict[str, Row]:
    """The row of each claim id."""
    folder = results_folder()
    results = read_results(folder) if folder.is_dir() else []
    return {row.id: row for row in scoreboard_rows(results)}


def row_of(method: Method) -> Row | None:
    """What the scoreboard says of a method: of its own claim, else of the card it belongs to."""
    known = (scoreboard().get(name) for name in (method.claim, method.id, method.card) if name)
    return next((row for row in known if row), None)


@cache
def real_auroc() -> dict[str, float]:
    """AUROC of each estimator on the embedded model's answers to real facts, where measured."""
    file = results_folder() / "real" / "facts.json"
    if not file.exists():
        return {}
    told = json.loads(file.read_text(encoding="utf-8"))["estimators"]
    known = {row["id"]: row["auroc"]["estimate"] for row in told}
    return {name: value for name, value in known.items() if value is not None}
