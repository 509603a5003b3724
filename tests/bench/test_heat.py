"""Token heat: the scale by hand, spans that spell the text, what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.bench.heat import Span, heat, token_heat
from dubito.evidence import Evidence, Sequence
from dubito.models.offsets import char_offsets
from inputs import rich_evidence
from laws import assert_monotone


def evidence(text: str, tokens: tuple[str, ...], offsets: list[list[int]] | None) -> Evidence:
    spans = None if offsets is None else np.array(offsets, dtype=np.int32).reshape(-1, 2)
    return Evidence("?", Sequence(text, tokens, offsets=spans))


@pytest.mark.parametrize(
    ("nats", "expected"),
    [
        pytest.param(0.0, 0.0, id="certain"),
        pytest.param(math.log(2), 0.5, id="1 - 1/2"),
        pytest.param(math.log(4), 0.75, id="1 - 1/4"),
        pytest.param(math.inf, 1.0, id="impossible"),
        pytest.param(-3.0, 0.0, id="below 0 counts as 0"),
    ],
)
def test_scale_by_hand(nats: float, expected: float) -> None:
    assert heat(nats) == pytest.approx(expected, abs=1e-15)


def test_scale_rises_and_keeps_small_doubts() -> None:
    assert_monotone(heat, [0.0, 1e-18, 1e-9, 0.1, 1.0, 5.0, 30.0])
    assert heat(1e-18) == 1e-18  # 1 - exp(-x) alone would be 0


def test_surprise_becomes_one_minus_probability() -> None:
    """The probabilities 1, 1/4 and 1/2 of the three tokens, the last one the end."""
    e = evidence("La Paz", ("La", " Paz", "<end>"), [[0, 2], [2, 6], [6, 6]])
    spans = token_heat(e, [-math.log(p) for p in (1, 1 / 4, 1 / 2)])
    assert [s.text for s in spans] == ["La", " Paz", ""]
    assert [s.doubt for s in spans] == pytest.approx([0, 0.75, 0.5])


def test_unclaimed_characters_join_a_token() -> None:
    """A gap goes to the token after it, what is left over to the last token."""
    e = evidence(" ab  c \n", ("a", "b", "c"), [[1, 2], [2, 3], [5, 6]])
    assert [s.text for s in token_heat(e, [0, 0, 0])] == [" a", "b", "  c \n"]


def test_without_offsets_the_tokens_stand_for_themselves() -> None:
    e = evidence("ab c", ("ab", " c"), None)
    assert token_heat(e, [0.0, 0.0]) == [Span("ab", 0.0), Span(" c", 0.0)]


def test_no_tokens() -> None:
    assert token_heat(evidence("", (), None), []) == []
    assert token_heat(evidence("", (), []), []) == []


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=8))
def test_spans_spell_the_answer_whatever_bytes_its_tokens_hold(tokens: list[bytes]) -> None:
    """Also where a character is spread over tokens, or is none at all."""
    text = b"".join(tokens).decode("utf-8", "replace")
    offsets = char_offsets(text, tokens)
    if offsets is not None:
        e = evidence(text, tuple(map(str, tokens)), offsets.tolist())
        spans = token_heat(e, [0.3] * len(tokens))
        assert "".join(s.text for s in spans) == text
        assert len(spans) == len(tokens)


def test_scores_of_other_evidence_are_refused() -> None:
    e = rich_evidence()
    n = len(e.answer.tokens)
    with pytest.raises(ValueError, match=rf"{n + 1} doubts for {n} tokens of rich-0"):
        token_heat(e, [0.0] * (n + 1))
    with pytest.raises(ValueError, match="token 1 is NaN"):
        token_heat(e, [0.0, math.nan] + [0.0] * (n - 2))


def test_evidence_is_left_as_it_was() -> None:
    e = rich_evidence()
    assert e.answer.offsets is not None
    before = e.answer.offsets.copy()
    token_heat(replace(e), [0.0] * len(e.answer.tokens))
    np.testing.assert_array_equal(e.answer.offsets, before)
