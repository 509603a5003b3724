"""The sentences of an answer with their doubts, as the terminal shows them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dubito.estimate.units import (
    LUQ,
    MatchedUnits,
    PairJudge,
    UnitDoubt,
    UnitEstimator,
    UnitGraph,
    UnitSurprise,
    in_units,
    score_units,
    with_claims,
    with_matches,
    with_support,
)
from dubito.evidence import Evidence
from dubito.models.collect import Collector

USING: Mapping[str, UnitEstimator] = {
    "luq": LUQ(),
    "matched-unit": MatchedUnits(),
    "unit-graph": UnitGraph(),
    "unit-surprise": UnitSurprise(),
}
HEADS = {"luq": "luq", "matched-unit": "matched", "unit-graph": "graph", "unit-surprise": "nats"}
COMPARED = ("luq", "matched-unit", "unit-graph")  # read the samples
NONE = "no samples were drawn; name an estimator that draws some, such as lexical-similarity"
WIDTH = 72  # characters of a sentence


def unit_doubts(evidence: Evidence, judge: PairJudge) -> list[UnitDoubt]:
    """Each sentence's doubts, with the samples judged."""
    told = with_claims(with_matches(with_support(in_units(evidence), judge), judge), judge)
    return score_units(told, USING)


def doubts_of_units(evidence: Evidence, collector: Collector) -> list[UnitDoubt]:
    """The same with the judge that the collector has; loads an encoder where it has none."""
    if not evidence.samples:
        found = score_units(in_units(evidence), USING)
        return [replace(u, reasons={**u.reasons, **dict.fromkeys(COMPARED, NONE)}) for u in found]
    from dubito.models.pairs import pair_judge

    return unit_doubts(evidence, pair_judge(evidence.prompt, collector))


def show_units(found: Sequence[UnitDoubt], console: Console) -> None:
    """A table of the sentences, and why a column is empty."""
    console.print(Padding(units_table(found), (1, 1, 0, 1)))
    for name, reason in {n: r for unit in found for n, r in unit.reasons.items()}.items():
        console.print(Padding(f"[dim]{HEADS.get(name, name)}: {reason}[/]", (0, 1)))


def units_table(found: Sequence[UnitDoubt]) -> Table:
    """One row a unit; in each column the greatest doubt is bold, where doubts differ."""
    names = list(found[0].doubts) if found else []
    worst = {n: greatest([unit.doubts[n] for unit in found]) for n in names}
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(HEADS.get(name, name), justify="right")
    table.add_column("sentence")
    for unit in found:
        cells = [cell(unit.doubts[n], bold=unit.doubts[n] == worst[n]) for n in names]
        table.add_row(*cells, escape(shorten(unit.unit.text, WIDTH, placeholder=" ...")))
    return table


def greatest(doubts: Sequence[float]) -> float:
    """The greatest doubt that there is; NaN where all are missing or equal."""
    known = [d for d in doubts if not math.isnan(d)]
    return max(known) if len(set(known)) > 1 else math.nan


def cell(doubt: float, *, bold: bool) -> str:
    """A doubt in two places; a dash where there is none."""
    if math.isnan(doubt):
        return "-"
    return f"[bold]{doubt:.2f}[/]" if bold else f"{doubt:.2f}"


def units_json(found: Sequence[UnitDoubt]) -> list[dict[str, Any]]:
    """Plain numbers and words; null where a doubt is missing."""
    return [
        {
            "text": u.unit.text,
            "span": [u.unit.start, u.unit.end],
            "doubt": {n: None if math.isnan(d) else d for n, d in u.doubts.items()},
            "missing": dict(u.reasons),
        }
        for u in found
    ]
