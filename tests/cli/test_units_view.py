"""Sentences in the terminal: their order, their doubts, the worst of each column."""

import math

import numpy as np
from rich.console import Console

from dubito.cli.units_view import USING, doubts_of_units, show_units, unit_doubts, units_json
from dubito.data.units import Unit
from dubito.data.worlds.shown import shown
from dubito.estimate.units import UnitDoubt, in_units, score_units
from dubito.models.collect import Collector


def judge(pairs):
    shared = np.array([float(a == b) for a, b in pairs])
    return np.column_stack([shared, 1 - shared])


def printed(found) -> str:
    console = Console(width=100, record=True, file=None, quiet=False)
    with console.capture() as capture:
        show_units(found, console)
    return capture.get()


def test_table():
    found = [
        UnitDoubt(Unit("Lima [old].", 0, 11), {"luq": 0.25, "x": math.nan}, {"x": "no samples"}),
        UnitDoubt(Unit("No.", 12, 15), {"luq": 0.75, "x": math.nan}, {"x": "no samples"}),
    ]
    lines = printed(found).splitlines()
    rows = [line for line in lines if "Lima" in line or "No." in line]
    assert rows[0].split() == ["0.25", "-", "Lima", "[old]."]
    assert rows[1].split() == ["0.75", "-", "No."]
    assert any("x: no samples" in line for line in lines)


def test_no_sentence_no_row():
    assert printed([]).split() == ["sentence"]


def test_doubts_of_evidence():
    found = unit_doubts(shown(samples=4), judge)
    assert [set(u.doubts) for u in found] == [set(USING)] * len(found)
    assert not any(u.reasons for u in found)


def test_json_has_null_for_what_is_missing():
    rows = units_json(score_units(in_units(shown(samples=4)), USING))
    assert rows[0]["doubt"]["luq"] is None
    assert "with_support" in rows[0]["missing"]["luq"]
    assert rows[0]["doubt"]["unit-surprise"] > 0
    assert rows[0]["span"][0] == 0


def test_without_samples_only_tokens_speak():
    """No encoder is loaded for it: this collector could not load one."""
    found = doubts_of_units(shown(samples=0), Collector())
    assert {name for u in found for name in u.reasons} == {"luq", "matched-unit", "unit-graph"}
    assert all("draws some" in reason for u in found for reason in u.reasons.values())
    assert all(u.doubts["unit-surprise"] > 0 for u in found)
