"""Every unit of an answer with all its doubts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dubito.data.units import InUnits, Unit, UnitEstimator
from dubito.estimate.units.methods import UNITS
from dubito.estimate.units.unit_tokens import UnitEntropy, UnitSurprise
from dubito.evidence import Missing

NO_TOKEN = "no token begins in this unit"


@dataclass(frozen=True, slots=True)
class UnitDoubt:
    """One unit, its doubts by name, and why those that are NaN are missing."""

    unit: Unit
    doubts: Mapping[str, float]
    reasons: Mapping[str, str]


def default_estimators() -> dict[str, UnitEstimator]:
    """Surprise and entropy of the unit's tokens, and every row of UNITS."""
    rows: dict[str, UnitEstimator] = {m.id: m.make() for m in UNITS}
    return {"unit-surprise": UnitSurprise(), "unit-entropy": UnitEntropy(), **rows}


def score_units(told: InUnits, using: Mapping[str, UnitEstimator] | None = None) -> list[UnitDoubt]:
    """The units in order, each with the doubt of every estimator; NaN where it lacks something.

    Without `using` all there are: `with_support`, `with_matches`, `with_claims` and
    `token_relation` give them what they ask for.
    """
    columns, reasons = {}, {}
    for name, estimator in (using or default_estimators()).items():
        try:
            columns[name] = estimator(told).tolist()
        except Missing as missing:
            columns[name] = [math.nan] * len(told.units)
            reasons[name] = str(missing)
    return [one(i, unit, columns, reasons) for i, unit in enumerate(told.units)]


def one(
    i: int, unit: Unit, columns: Mapping[str, list[float]], reasons: Mapping[str, str]
) -> UnitDoubt:
    """Unit i with its entry of each column."""
    doubts = {name: column[i] for name, column in columns.items()}
    lacking = {n: reasons.get(n, NO_TOKEN) for n, doubt in doubts.items() if math.isnan(doubt)}
    return UnitDoubt(unit, doubts, lacking)
