"""How replies about the model's own answer are read, and how long to wait for them."""

import math
from datetime import UTC, datetime

import pytest

from dubito.models.asking import parse_stated, share_of_true
from dubito.models.retry import retry_after, waits


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("85", 0.85),
        ("85%", 0.85),
        ("I am 85 percent sure.", 0.85),
        ("99.5 %", 0.995),
        ("99,5 %", 0.995),
        ("0", 0.0),
        ("100%", 1.0),
        ("90/100", 0.9),
        ("7 out of 100", 0.07),
        ("85.5", 0.855),
        ("0.85", 0.85),  # a fraction
        ("1.0", 1.0),
        ("1", 0.01),  # a percentage
        ("0.5%", 0.005),
        ("In 2 words: 70%", 0.7),  # a percent sign decides
        ("70%, yes, 70%", 0.7),
        ("very sure", None),
        ("", None),
        ("150%", None),
        ("-5%", None),
        ("80-90%", None),
        ("80% or 90%", None),
        ("1,000", None),
    ],
)
def test_stated(text: str, value: float | None) -> None:
    assert parse_stated(text) == (None if value is None else pytest.approx(value))


def test_share_of_true_by_hand() -> None:
    """True: 0.3 + 0.1 + 0.05; False: 0.15. 0.45 / 0.6 = 0.75. "Truely" is neither."""
    p = [("True", 0.3), (" true", 0.1), ("TRUE\n", 0.05), ("False", 0.15), ("Truely", 0.3)]
    assert share_of_true([(t, math.log(v)) for t, v in p]) == pytest.approx(0.75)


def test_share_of_true_needs_one_of_the_words() -> None:
    assert share_of_true([("Yes", -0.1), ("true", -math.inf)]) is None
    assert share_of_true([]) is None
    assert share_of_true([("False", -3.0)]) == 0
    assert share_of_true([("True", -3.0)]) == 1


def test_waits_double_up_to_a_limit_and_differ_between_requests() -> None:
    first, again, other = (list(waits(12, 0.5, seed=s)) for s in (1, 1, 2))
    assert first == again != other
    for attempt, wait in enumerate(first):
        full = min(0.5 * 2**attempt, 60)
        assert full / 2 <= wait <= full
    assert list(waits(0, 0.5, seed=1)) == []


NOW = datetime(2025, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("3", 3),
        ("1.5", 1.5),
        ("Wed, 01 Jan 2025 12:00:30 GMT", 30),
        ("Wed, 01 Jan 2025 12:00:30 -0000", 30),
        ("Wed, 01 Jan 2025 11:00:00 GMT", 0),
        ("soon", 0),
        ("-1", 0),
        ("²", 0),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header, now=NOW) == seconds
