"""Replaced tokens: the card's positions, which regenerations belong to which, ratios by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate.asked.perturbed import (
    POINTS,
    Perturbed,
    Replacement,
    most_open,
    most_settled,
    replacements,
    steepest,
)
from dubito.estimate.variation_ratio import SampleDeparture, SampleVariation
from dubito.evidence import Evidence, Missing, Sequence, TopK

ENTROPIES = np.array([0.1, 0.5, 0.4, 0.9])
IDS = np.arange(20).reshape(4, 5)  # token t of the answer is 5 t, its alternatives follow


def answer(entropies: np.ndarray = ENTROPIES) -> Sequence:
    top = TopK(
        IDS[: len(entropies)], np.log(np.tile([0.5, 0.2, 0.1, 0.1, 0.1], (len(entropies), 1)))
    )
    return Sequence("a b c d", entropies=entropies, top=top)


def test_card_positions() -> None:
    """Rises .4, -.1, .5: the last; largest at 3, smallest at 0."""
    assert [p(ENTROPIES) for p in POINTS] == [3, 0, 3]
    assert steepest(np.array([0.9, 0.1, 0.4])) == 2  # not the largest entropy
    assert steepest(np.array([0.1, 0.8, 0.9])) == 1  # nor the largest after the first
    assert [p(np.array([0.7])) for p in POINTS] == [0, 0, 0]


def test_replacements_are_the_next_likeliest_each_position_once() -> None:
    """Positions 3, 0 and 3 again: eight, the first after tokens 0, 5, 10."""
    found = replacements(answer())
    assert [r.position for r in found] == [3] * 4 + [0] * 4
    assert found[0] == Replacement(3, (0, 5, 10), 16)
    assert [r.token for r in found] == [16, 17, 18, 19, 1, 2, 3, 4]
    assert found[0].beginning == (0, 5, 10, 16)
    assert found[4].beginning == (1,)
    assert [r.token for r in replacements(answer(), alternatives=2)] == [16, 17, 1, 2]
    assert len(replacements(answer(), points=[most_settled])) == 4


def test_tokens_that_a_server_left_out_are_not_replaced() -> None:
    whole = answer()
    assert whole.top is not None
    short = whole.top.logprobs.copy()
    short[3, 3:] = -np.inf
    found = replacements(replace(whole, top=TopK(IDS, short)), points=[most_open])
    assert [r.token for r in found] == [16, 17]


def asked(far: list[list[float]], entropies: np.ndarray = ENTROPIES) -> list[Evidence]:
    """The answer at (1, 0) and its regenerations at these places."""
    first = Evidence("?", answer(entropies), embeddings=np.array([[1.0, 0.0]]))
    return [first, *(Evidence("?", Sequence("z"), embeddings=np.array([v])) for v in far)]


SAME, AWAY = [1.0, 0.0], [0.0, 1.0]


def test_limits_of_the_card() -> None:
    """All as before: 0 and 0. All elsewhere and alike: VRO 1, VR 0."""
    vro, vr = Perturbed(), Perturbed(SampleVariation(4))
    assert vro(asked([SAME] * 8)).doubt == vr(asked([SAME] * 8)).doubt == 0
    assert vro(asked([AWAY] * 8)).doubt == 1
    assert vr(asked([AWAY] * 8)).doubt == 0


def test_each_position_reads_its_own_regenerations() -> None:
    """At 3: one of four away, VRO 1 / 4, VR 6 of 12 pairs. At 0: all away."""
    e = asked([AWAY, SAME, SAME, SAME] + [AWAY] * 4)
    assert Perturbed()(e).doubt == pytest.approx(0.25)
    assert Perturbed(SampleVariation(4))(e).doubt == pytest.approx(0.5)
    assert Perturbed(point=most_settled)(e).doubt == 1
    assert Perturbed(point=steepest)(e).doubt == pytest.approx(0.25)
    late = asked([SAME] * 4 + [AWAY] * 4 + [SAME, AWAY, AWAY, SAME], np.array([0.9, 0.1, 0.4, 0.0]))
    assert Perturbed(point=most_open)(late).doubt == 0  # position 0
    assert Perturbed(point=most_settled)(late).doubt == 1  # position 3
    assert Perturbed(point=steepest)(late).doubt == pytest.approx(0.5)  # position 2


def test_plan_asks_for_one_token_more_than_the_alternatives() -> None:
    assert Perturbed().plan.top_k == 5
    assert Perturbed(SampleDeparture(2)).plan.top_k == 3


def test_what_cannot_be_measured() -> None:
    with pytest.raises(Missing, match="asked in 8 ways, at least 9"):
        Perturbed()(asked([SAME] * 7))
    first, *rest = asked([SAME] * 8)
    with pytest.raises(Missing, match="no top"):
        Perturbed()([replace(first, answer=replace(first.answer, top=None)), *rest])
    with pytest.raises(Missing, match="no embeddings"):
        Perturbed()([first, *(replace(e, embeddings=None) for e in rest)])
