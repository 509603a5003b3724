"""The scoreboard of real answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from dubito.claims.real import costs, real_html, real_markdown, sections


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
    (facts,) = sections(folder)
    assert [r[0] for r in facts.rows] == ["better", "worse", "none"]
    assert facts.title.endswith("facts")


def test_a_policy_is_told(folder: Path) -> None:
    """Gains are told in points: 0.08 is 8.0."""
    gain = {"estimate": 0.08, "low": 0.05, "high": 0.11, "left_out": 0}
    splits = {
        "splits": 200,
        "budget": 0.5,
        "budget_kept": 0.97,
        "helped": 0.42,
        "risk": 0.2,
        "risk_kept": 0.96,
        "answered": 0.8,
        "accuracy": None,
        "unguarded": 0.47,
    }
    report = {
        "questions": 60,
        "never": 0.47,
        "always": 0.88,
        "curve": [{"accuracy": a, "at_random": a - 0.1} for a in (0.47, 0.8, 0.88)],
        "deferrals": [{"id": "sar", "gain": gain, "at_half": 0.8, "least": 0.55}],
        "splits": splits,
    }
    (folder / "policy.json").write_text(json.dumps(report))
    text = real_markdown(folder)
    assert "| sar | 8.0 [5.0, 11.0] | 80% | 55% |" in text
    assert "by all estimators together: 80%; for a random half: 70%" in text
    assert "kept in 97% of the halves" in text


def test_a_table_as_it_stands(folder: Path) -> None:
    told = {"title": "Cache", "said": "Less of it.", "head": ["share", "KL"], "rows": [[0.1, 2]]}
    (folder / "cache.json").write_text(json.dumps(told))
    assert "## Cache\n\nLess of it.\n\n| share | KL |\n| --- | --- |\n| 0.1 | 2 |" in real_markdown(
        folder
    )


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


def test_caches(folder: Path) -> None:
    found = {
        "share of bytes": 0.1114,
        "divergence": 0.844,
        "divergence of the first token": 0.3687,
        "right": 0.125,
    }
    report = {"questions": 8, "passages": 30, "caches": {"entropy 10%": found}}
    (folder / "cache.json").write_text(json.dumps(report))
    assert "| entropy 10% | 11.1% | 0.844 | 0.369 | 12% |" in real_markdown(folder)


def test_what_a_room_of_learning_did_is_told_leaf_by_leaf(folder: Path) -> None:
    report = {"pairs": {"ours": {"ece": 0.12345, "n": 3}, "per seed": [0.5, 0.25]}, "note": "short"}
    (folder / "two_words.json").write_text(json.dumps(report))
    found = next(s for s in sections(folder) if "two words" in s.title)
    assert found.rows == [
        ["pairs", "ours, ece", "0.123"],
        ["pairs", "ours, n", "3"],
        ["pairs", "per seed", "0.5, 0.25"],
        ["note", "", "short"],
    ]
