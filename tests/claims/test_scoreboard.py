import json
from dataclasses import asdict, replace
from html.parser import HTMLParser

import pytest

from dubito.claims.record import Result
from dubito.claims.scoreboard import (
    scoreboard_html,
    scoreboard_markdown,
    scoreboard_rows,
)
from dubito.claims.verdict import Interval

GOOD = Result(
    id="good",
    room="estimate",
    statement="It works.",
    verdict="holds",
    reason="",
    metric="AUROC",
    higher_is_better=True,
    effect=0.1,
    interval=Interval(0.05, 0.15),
    margin=0.02,
    baseline="plain",
    ours=[0.8, 0.9],
    baselines={"plain": [0.7, 0.8], "easy": [0.1, 0.2]},
    null_effect=0.01,
    null_interval=Interval(-0.1, 0.12),
    checks={},
    seeds=[1000, 1001],
    seconds=1.26,
    paper="some2024",
    paper_figure="0.9 | 0.8",
    size="small",
    tried="",
    fingerprint="abc",
    versions={},
    machine={},
)
BAD = replace(
    GOOD,
    id="bad",
    verdict="not reproduced",
    reason="gain not above 0",
    tried="<b>more</b> seeds",
    effect=-0.1,
    interval=Interval(-0.2, 0.0),
)


def test_rows_by_verdict_then_id() -> None:
    rows = scoreboard_rows([BAD, GOOD, replace(GOOD, id="also good")])
    assert [r.id for r in rows] == ["also good", "good", "bad"]


def test_row_has_the_means_of_ours_and_of_the_hardest_baseline() -> None:
    row = scoreboard_rows([GOOD])[0]
    assert row.ours == pytest.approx(0.85)
    assert row.theirs == pytest.approx(0.75)
    assert (row.seeds, row.interval, row.null) == (2, (0.05, 0.15), 0.01)


def test_rows_are_plain_json() -> None:
    row = json.loads(json.dumps(asdict(scoreboard_rows([GOOD])[0])))
    assert {"id", "verdict", "effect", "interval", "baseline", "seeds", "room"} <= row.keys()


def test_markdown_has_one_line_a_claim_with_as_many_cells_as_heads() -> None:
    lines = scoreboard_markdown([GOOD, BAD]).splitlines()
    assert lines[0] == "2 claims: 1 holds, 1 not reproduced."
    table = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    assert len(table) == 4
    assert len({line.count("|") for line in table}) == 1
    assert "+0.100 [+0.050, +0.150]" in table[2]


def test_what_does_not_hold_says_what_was_tried() -> None:
    text = scoreboard_markdown([GOOD, BAD])
    assert "- **bad** (not reproduced): gain not above 0. Tried: <b>more</b> seeds" in text
    assert "**good**" not in text


def test_a_claim_that_holds_after_a_change_says_so() -> None:
    """Otherwise a reader would take a second try for the first."""
    changed = replace(GOOD, tried="another world; fresh seeds")
    assert "- **good** (holds): Tried: another world; fresh seeds" in scoreboard_markdown([changed])
    assert "Tried: another world; fresh seeds" in scoreboard_html([changed])


def test_no_results_yet() -> None:
    assert scoreboard_markdown([]).startswith("0 claims: no results yet")
    assert "no results yet" in scoreboard_html([])


class Balance(HTMLParser):
    """Counts rows and refuses a tag that is closed where it was not opened."""

    void = ("meta", "line", "circle")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[str] = []
        self.marks: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.void:
            self.open.append(tag)
        if tag == "tr" and attrs:
            self.rows.append(str(dict(attrs)["class"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.void
        self.marks.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(results: list[Result]) -> Balance:
    page = Balance()
    page.feed(scoreboard_html(results))
    assert not page.open
    return page


def test_page_is_well_formed_and_shades_by_verdict() -> None:
    assert parsed([GOOD, BAD]).rows == ["holds", "not-reproduced"]
    assert "<b>more</b>" not in scoreboard_html([BAD])


def test_picture_puts_zero_in_the_middle_and_the_widest_end_at_the_edge() -> None:
    """Widest end of all is -0.2, at 90 - 85 = 5; the gain 0.05 to 0.15 spans 111.25 to 153.75."""
    marks = parsed([GOOD, BAD]).marks
    gains = [m for m in marks if m["class"] == "gain" and "x1" in m]
    zero = next(m for m in marks if m["class"] == "zero")
    assert float(str(zero["x1"])) == 90
    assert [gains[0]["x1"], gains[0]["x2"]] == ["111.2", "153.8"]
    assert [gains[1]["x1"], gains[1]["x2"]] == ["5.0", "90.0"]
