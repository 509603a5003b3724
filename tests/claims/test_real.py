"""The scoreboard of real answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from dubito.claims.real import costs, judged, real_html, real_markdown


def row(name: str, auroc: float | None) -> dict[str, Any]:
    value = {"estimate": auroc, "low": auroc and auroc - 0.1, "high": auroc and auroc + 0.1}
    return {"id": name, "auroc": value, "prr50": value, "prr": value}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [row("worse", 0.4), row("none", None), row("better", 0.8)]
    report = {"questions": 20, "right": 0.45, "estimators": rows}
    (tmp_path / "facts.json").write_text(json.dumps(report))
    (tmp_path / "cost.json").write_text(json.dumps({"times bare": {"better": 1.249}}))
    return tmp_path


def test_the_best_first_and_the_unmeasured_last(folder: Path) -> None:
    (facts,) = judged(folder)
    assert [r["id"] for r in facts.rows] == ["better", "worse", "none"]
    assert (facts.name, facts.questions, facts.right) == ("facts", 20, 0.45)


def test_markdown(folder: Path) -> None:
    text = real_markdown(folder)
    assert "20 questions (facts), 45% of them" in text
    assert "| better | 0.80 [0.70, 0.90] | 0.80 [0.70, 0.90] | 0.80 [0.70, 0.90] | 1.25 |" in text
    assert "| none | – | – | – |  |" in text  # no cost measured: no figure


def test_page(folder: Path) -> None:
    text = real_html(folder)
    assert text.count("<tr>") == 4
    assert "<td>0.40 [0.30, 0.50]</td>" in text


def test_nothing_measured_nothing_shown(tmp_path: Path) -> None:
    assert real_markdown(tmp_path) == real_html(tmp_path) == ""
    assert costs(tmp_path) == {}
