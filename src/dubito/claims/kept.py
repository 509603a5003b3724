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


CHEAP = "perplexity"  # one answer, no sample: what every estimator should beat


@cache
def real_aurocs() -> dict[str, tuple[float, float, float]]:
    """AUROC (estimate, low, high) of each estimator on real facts, where it could be measured."""
    file = results_folder() / "real" / "facts.json"
    if not file.exists():
        return {}
    told = json.loads(file.read_text(encoding="utf-8"))["estimators"]
    known = {row["id"]: row["auroc"] for row in told}
    return {
        name: (value["estimate"], value["low"], value["high"])
        for name, value in known.items()
        if value["estimate"] is not None
    }


def loses(name: str) -> bool:
    """Does it plainly lose to perplexity on real facts, its whole interval below that?"""
    known = real_aurocs()
    return name in known and CHEAP in known and known[name][2] < known[CHEAP][0]
