"""The plot of outcomes along a text: what it draws, names, colours by the page; what it refuses."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from dubito.bench.forking_plot import ROOM, forking_plot

OUTCOMES = np.array([[0.6, 0.4], [0.6, 0.4], [1.0, 0.0]])


def test_each_outcome_is_a_line_and_each_token_a_word() -> None:
    plot = forking_plot(OUTCOMES, ("heads", "tails"), ("It", " shows $1$ <", " "))
    assert [line.name for line in plot.lines] == ["heads", "tails"]
    np.testing.assert_array_equal(plot.lines[1].y, OUTCOMES[:, 1])
    said = re.findall(r"<text [^>]*>([^<]*)</text>", plot.svg)
    assert {"It", "shows $1$ &lt;", "\N{OPEN BOX}", "next token"} <= set(said)
    assert "var(--s1)" in plot.svg
    assert "var(--s2)" in plot.svg
    assert "var(--s3)" not in plot.svg
    ET.fromstring(plot.svg)  # well-formed


def test_changes_are_bars() -> None:
    """Three more shapes than without."""

    def shapes(changes) -> int:
        made = forking_plot(OUTCOMES, ("a", "b"), "xyz", changes=changes)
        return made.svg.count("<path") + made.svg.count("<rect")

    assert shapes(np.array([0.1, 0.2, 0.7])) == shapes(None) + 3


def test_long_texts_name_every_nth_token() -> None:
    size = 3 * ROOM
    rows = np.full((size, 2), 0.5)
    plot = forking_plot(rows, ("a", "b"), [f"w{i}" for i in range(size)])
    named = re.findall(r">(w\d+)</text>", plot.svg)
    assert named == [f"w{i}" for i in range(0, size, 3)]


def test_same_bits_twice() -> None:
    one, two = (forking_plot(OUTCOMES, ("a", "b"), "xyz").svg for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("rows", "names", "tokens"),
    [(OUTCOMES, "abc", "xyz"), (OUTCOMES, "ab", "xy"), (np.full((2, 7), 1 / 7), "abcdefg", "xy")],
)
def test_sizes_that_do_not_fit_are_refused(rows, names, tokens) -> None:
    with pytest.raises(ValueError, match="merge rare outcomes"):
        forking_plot(rows, names, tokens)
