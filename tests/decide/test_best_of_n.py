"""Borda votes: the card's numbers, ties, answers without an outcome, limits and invariances."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from dubito.data.worlds.shown import shown
from dubito.decide import BordaVoting
from dubito.decide.best_of_n import borda_votes, certainties, plain_outcome
from dubito.evidence import Evidence, Missing, Plan, Sequence
from laws import assert_frozen


def voted(texts: str | list[str], certainty: list[float]) -> Evidence:
    """Samples whose two tokens have this mean self-certainty each."""
    drawn = tuple(
        Sequence(t, uniform_kl=np.array([c - 0.1, c + 0.1]))
        for t, c in zip(texts, certainty, strict=True)
    )
    return Evidence("?", drawn[0], drawn)


CARD = voted("abbc", [0.9, 0.8, 0.7, 0.6])


@pytest.mark.parametrize(
    ("power", "votes"),
    [
        (0, [1, 1, 1, 1]),
        (0.7, [2.639, 2.158, 1.625, 1]),  # 4^.7, 3^.7, 2^.7, 1
        (2, [16, 9, 4, 1]),
        (math.inf, [1, 0, 0, 0]),
    ],
)
def test_votes_of_four_ranks(power: float, votes: list[float]) -> None:
    assert borda_votes(4, power) == pytest.approx(votes, abs=5e-4)


@pytest.mark.parametrize(
    ("power", "winner", "votes"),
    [
        (0, "b", {"b": 2, "a": 1, "c": 1}),
        (1, "b", {"b": 5, "a": 4, "c": 1}),
        (2, "a", {"a": 16, "b": 13, "c": 1}),
        (math.inf, "a", {"a": 1, "b": 0, "c": 0}),
    ],
)
def test_card(power: float, winner: str, votes: dict[str, float]) -> None:
    """Answers a, b, b, c in rank order."""
    got = BordaVoting(power=power, outcome=str)(CARD)
    assert (got.answer, dict(got.votes)) == (winner, votes)
    assert next(iter(got.votes)) == winner
    assert got.certainty == pytest.approx([0.9, 0.8, 0.7, 0.6])


def test_certainty_of_known_distributions() -> None:
    """p = (.7, .2, .1): -log .014 / 3 - log 3 = .324287; (.98, .01, .01): 1.978235; uniform: 0."""
    rows = np.array([[0.7, 0.2, 0.1], [0.98, 0.01, 0.01], [1 / 3] * 3])
    kl = -np.log(rows).mean(axis=1) - np.log(3)
    samples = tuple(Sequence("x", uniform_kl=kl[[i]]) for i in range(3))
    got = certainties(Evidence("?", samples[0], samples))
    assert got == pytest.approx([0.324287, 1.978235, 0.0], abs=1e-6)


def test_drawn_in_any_order_the_same_outcome_wins_and_its_first_answer_is_given() -> None:
    texts, certainty = ["c", "b", "a", "b"], [0.6, 0.7, 0.9, 0.8]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
        evidence = voted([texts[i] for i in order], [certainty[i] for i in order])
        got = BordaVoting(power=1, outcome=str)(evidence)
        assert dict(got.votes) == {"b": 5, "a": 4, "c": 1}
        assert got.sample == min(k for k, i in enumerate(order) if i in (1, 3))


def test_the_mean_over_tokens_decides_and_not_the_length() -> None:
    """Ten tokens of 0.5 are less certain than one of 0.6."""
    long, short = Sequence("l", uniform_kl=np.full(10, 0.5)), Sequence("s", uniform_kl=np.ones(1))
    short = replace(short, uniform_kl=np.array([0.6]))
    assert BordaVoting()(Evidence("?", long, (long, short))).answer == "s"


def test_equal_certainties_rank_as_drawn_and_equal_votes_go_to_the_most_certain() -> None:
    assert BordaVoting(power=2, outcome=str)(voted("xyz", [0.5] * 3)).votes == {
        "x": 9,
        "y": 4,
        "z": 1,
    }
    many = [str(k) for k in range(40)]  # short arrays are sorted stably in any case
    assert [*BordaVoting(40, power=1, outcome=str)(voted(many, [0.5] * 40)).votes] == many
    assert BordaVoting(power=0, outcome=str)(voted("xy", [0.2, 0.5])).answer == "y"
    # ranks 4 + 1 against 3 + 2: the first rank's outcome
    assert BordaVoting(power=1, outcome=str)(voted("yxyx", [0.3, 0.4, 0.2, 0.1])).answer == "x"


def test_answers_without_an_outcome_rank_last_and_have_no_vote() -> None:
    """Of "", a, b the first is the most certain: a has rank 1 (9 votes), b rank 2 (4)."""
    evidence = voted(["", "x", "y"], [0.9, 0.5, 0.4])
    assert dict(BordaVoting(power=2)(evidence).votes) == {"x": 9, "y": 4}
    assert BordaVoting(power=math.inf)(evidence).answer == "x"
    with pytest.raises(Missing, match="none of 2 samples"):
        BordaVoting()(voted(["", " "], [0.9, 0.5]))


def test_limits_are_majority_and_the_most_certain() -> None:
    evidence = shown(3, samples=16)
    texts = [plain_outcome(s.text) for s in evidence.samples]
    most = max(texts.count(t) for t in texts)
    heads = BordaVoting(power=0)(evidence)
    assert texts.count(plain_outcome(heads.answer)) == most
    sure = BordaVoting(power=math.inf)(evidence)
    best = int(np.argmax(sure.certainty))
    assert plain_outcome(sure.answer) == texts[best]
    assert BordaVoting(power=200)(evidence).answer == sure.answer
    with pytest.raises(ValueError, match=r"give math\.inf"):
        BordaVoting(power=500)(evidence)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1,200", Fraction(1200)),
        ("1200.0", Fraction(1200)),
        ("forty-two.", Fraction(42)),
        ("The Lima!", "lima"),
        ("", None),
        (" \n", None),
        ("...", None),
    ],
)
def test_plain_outcomes(text: str, outcome: object) -> None:
    assert plain_outcome(text) == outcome


def test_equal_outcomes_are_pooled_by_number_and_by_words() -> None:
    got = BordaVoting(power=0)(voted(["12", "twelve", "Lima", "12.0"], [0.1, 0.2, 0.9, 0.3]))
    assert dict(got.votes) == {Fraction(12): 3, "lima": 1}
    assert got.sample == 0


def test_plan_and_what_is_missing() -> None:
    vote = BordaVoting(4)
    assert_frozen(vote)
    assert vote.plan == Plan(samples=4, sample_distributions=True)
    evidence = shown(0, samples=4)
    assert vote(evidence.only(vote.plan)).answer == vote(evidence).answer
    with pytest.raises(Missing, match=r"sample 0.*sample_distributions"):
        vote(evidence.only(Plan(samples=4)))
    with pytest.raises(Missing, match="samples"):
        vote(evidence.only(Plan()))


@pytest.mark.parametrize(("samples", "power"), [(0, 1.0), (4, -1.0), (4, math.nan)])
def test_bad_options(samples: int, power: float) -> None:
    with pytest.raises(ValueError, match="samples must be at least 1 and power"):
        BordaVoting(samples, power=power)
