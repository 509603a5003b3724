"""An answer that was shown first: the card's numbers as evidence, what is refused, the model."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate.asked.cheat_pairs import CheatPairs, both_orders, shown_first
from dubito.evidence import Evidence, Missing, Sequence
from dubito.maths.pairs import pair_confidence, pair_variance


def said(p: float | list[float], text: str = "heads") -> Evidence:
    logprobs = np.log(np.atleast_1d(np.array(p, dtype=float)))
    tokens = ("x",) * len(logprobs)
    return Evidence("Which side?", Sequence(text, tokens=tokens, logprobs=logprobs))


@pytest.mark.parametrize(
    ("p1", "p2", "doubt", "epistemic"),
    [
        (0.5, 0.82, 1 - 0.25 / 0.41, 0.16),  # one of two opposite worlds
        (0.5, 0.5, 0.0, 0.0),  # a coin that is known to be fair
        (0.2, 1.0, 0.8, 0.16),  # one of five, settled but not known: V = 1/5 * 4/5
        (0.5, 0.4, 0.0, 0.0),  # noise: less likely once shown
    ],
)
def test_worked(p1: float, p2: float, doubt: float, epistemic: float) -> None:
    score = CheatPairs()([said(p1), said(p2)])
    assert score.doubt == pytest.approx(doubt)
    assert score.parts["epistemic"] == pytest.approx(epistemic)
    if p2 >= p1:
        assert score.doubt == pytest.approx(1 - pair_confidence(p1, p2))
        assert score.parts["epistemic"] == pytest.approx(pair_variance(p1, p2))
        assert sum(score.parts.values()) == pytest.approx(p1 * (1 - p1))


def test_confidence_multiplies_over_tokens() -> None:
    # (.5 * .6) / (.9 * .4): a token that falls makes up for one that rises
    score = CheatPairs()([said([0.5, 0.6]), said([0.9, 0.4])])
    assert score.doubt == pytest.approx(1 - 0.3 / 0.36)


def test_long_answers_do_not_vanish() -> None:
    score = CheatPairs()([said([1e-9] * 100), said([1.01e-9] * 100)])
    assert score.doubt == pytest.approx(1 - 1.01**-100)


def test_an_impossible_answer_is_doubted() -> None:
    with np.errstate(divide="ignore"):
        assert CheatPairs()([said(0.0), said(0.5)]).doubt == 1


def test_the_order_of_the_two_matters() -> None:
    assert CheatPairs()([said(0.5), said(0.8)]).doubt > CheatPairs()([said(0.8), said(0.5)]).doubt


def test_the_same_answer_has_to_be_read() -> None:
    with pytest.raises(Missing, match="tails"):
        CheatPairs()([said(0.5), said(0.5, "tails")])


def test_the_second_prompt_shows_the_answer_in_the_format_given() -> None:
    assert CheatPairs().prompts(said(0.5)) == (shown_first("Which side?", "heads"),)
    assert "heads" in shown_first("Which side?", "heads")
    trained = CheatPairs(ask=lambda question, answer: f"{question} | {answer} |")
    assert trained.prompts(said(0.5)) == ("Which side? | heads |",)


def test_pairs_are_taught_in_both_orders() -> None:
    assert both_orders([("x", "a", "b"), ("y", "c", "c")]) == [
        ("x", "a", "b"),
        ("x", "b", "a"),
        ("y", "c", "c"),
        ("y", "c", "c"),
    ]


def test_nan_is_refused() -> None:
    bad = said(0.5)
    bad = replace(bad, answer=replace(bad.answer, logprobs=np.array([math.nan])))
    with pytest.raises(ValueError, match="logprobs"):
        CheatPairs()([said(0.5), bad])
