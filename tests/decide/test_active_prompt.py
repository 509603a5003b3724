"""Which questions to solve as exemplars: the card's numbers, ties, missing answers, the vote."""

import math
from fractions import Fraction

import numpy as np
import pytest

from dubito.decide import ActivePrompt, Exemplar, exemplar_prompt, final_outcome, majority
from dubito.decide.active_prompt import (
    closeness_of_two,
    outcome_entropy,
    outcome_variance,
    share_of_different,
)
from dubito.evidence import Evidence, Missing, Plan, Sequence
from laws import assert_frozen


def asked(*texts: str) -> Evidence:
    """One question with these drawn answers."""
    return Evidence("?", Sequence(texts[0]), tuple(Sequence(t) for t in texts))


def test_card() -> None:
    """3, 3, 5, 7, 7: 3/5; -(.8 ln .4 + .2 ln .2) = 1.05492; mean 5, squares 4 4 0 4 4: 3.2."""
    answers = [3, 3, 5, 7, 7]
    assert share_of_different(answers) == pytest.approx(0.6)
    assert outcome_entropy(answers) == pytest.approx(1.05492, abs=5e-6)
    assert outcome_variance(answers) == pytest.approx(3.2)


@pytest.mark.parametrize("k", [1, 4, 10])
def test_all_equal_and_all_different(k: int) -> None:
    assert share_of_different(["x"] * k) == 1 / k
    assert outcome_entropy(["x"] * k) == 0
    assert outcome_variance([Fraction(2, 3)] * k) == 0
    assert share_of_different(range(k)) == 1
    assert outcome_entropy(range(k)) == pytest.approx(math.log(k))


def test_no_solution_is_a_class_of_its_own() -> None:
    """ "", "", 4, 4: disagreement 1/2 and entropy ln 2; without numbers there is no variance."""
    answers = [None, None, 4, 4]
    assert share_of_different(answers) == 0.5
    assert outcome_entropy(answers) == pytest.approx(math.log(2))
    assert outcome_variance(answers) == 0
    assert outcome_variance([None, 1, 3, "lima"]) == 1
    assert math.isnan(outcome_variance([None, "lima"]))
    got = ActivePrompt()([asked("", "", "4", "4")])
    assert got.doubt.tolist() == [0.5]
    assert got.entropy == pytest.approx([math.log(2)])


def test_two_answers_of_a_binary_task() -> None:
    """5 yes, 5 no: 1; 9 and 1: .2; both have two different answers among ten."""
    even, sure = ["yes"] * 5 + ["no"] * 5, ["yes"] * 9 + ["no"]
    assert closeness_of_two(even) == 1
    assert closeness_of_two(sure) == pytest.approx(0.2)
    assert closeness_of_two(["yes"] * 10) == 0
    assert closeness_of_two(["yes"] * 5 + [None] * 5) == 0.5
    assert closeness_of_two([None, None]) == 1
    assert share_of_different(even) == share_of_different(sure) == 0.2
    rule = ActivePrompt(criterion=closeness_of_two)
    assert rule.rank([sure, ["no"] * 10, even]).order.tolist() == [2, 0, 1]


def test_most_doubt_comes_first_and_ties_go_by_entropy() -> None:
    """a a a b and a a b b both have 2 of 4; the second is more even. All different is first."""
    got = ActivePrompt().rank(["aaab", "aabb", "aaaa", "abcd"])
    assert got.order.tolist() == [3, 1, 0, 2]
    assert got.doubt.tolist() == [0.5, 0.5, 0.25, 1]
    assert got.entropy[[1, 3]] == pytest.approx([math.log(2), math.log(4)])
    many = ActivePrompt().rank(["aaab", "aabb"] * 10).order
    assert (many[:10] % 2 == 1).all()


def test_what_is_still_tied_goes_by_chance_with_a_seed() -> None:
    same = [["a", "b"]] * 30
    first = ActivePrompt(seed=1).rank(same).order.tolist()
    assert first == ActivePrompt(seed=1).rank(same).order.tolist()
    assert first != ActivePrompt(seed=2).rank(same).order.tolist()
    assert first != list(range(30))
    assert sorted(first) == list(range(30))


def test_a_question_without_a_doubt_comes_last() -> None:
    got = ActivePrompt(criterion=outcome_variance).rank([[None, "x"], [1, 1], [1, 9]])
    assert got.order.tolist() == [2, 1, 0]
    assert math.isnan(got.doubt[0])


def test_dress_does_not_disagree() -> None:
    """18, 18.0, $18 and a sentence are one answer once it is found; as whole texts they are not."""
    pool = [asked("The answer is 18.", "so we get $18", "#### 18.0", "18 apples"), asked(*"1122")]
    found = ActivePrompt(outcome=final_outcome)(pool)
    assert found.doubt.tolist() == [0.25, 0.5]
    assert found.order.tolist() == [1, 0]
    assert ActivePrompt()(pool).order.tolist() == [0, 1]


def test_order_of_answers_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    pool = rng.integers(4, size=(12, 7))
    rule = ActivePrompt()
    plain = rule.rank(pool.tolist())
    turned = rule.rank(rng.permuted(pool, axis=1).tolist())
    assert np.array_equal(plain.order, turned.order)
    assert plain.entropy == pytest.approx(turned.entropy)


def test_bad_pools_and_options() -> None:
    rule = ActivePrompt()
    assert_frozen(rule)
    assert rule.plan == Plan(samples=10)
    assert rule.rank([]).order.tolist() == []
    with pytest.raises(ValueError, match="question 1 has no drawn answers"):
        rule.rank([["a"], []])
    with pytest.raises(Missing, match="samples"):
        rule([Evidence("?", Sequence("a"))])
    with pytest.raises(ValueError, match="samples must be at least 2"):
        ActivePrompt(1)


def test_exemplars_come_in_their_order_and_the_question_last() -> None:
    exemplars = [Exemplar("1 + 1?", "One and one.", "2"), Exemplar("2 + {x}?", "Add x.", "2 + x")]
    assert exemplar_prompt(exemplars, "3 + 4?") == (
        "Question: 1 + 1?\nAnswer: One and one. The answer is 2.\n\n"
        "Question: 2 + {x}?\nAnswer: Add x. The answer is 2 + x.\n\n"
        "Question: 3 + 4?\nAnswer:"
    )
    assert exemplar_prompt([], "q").startswith("Question: q")
    # what a model says in the form of the exemplars is found again
    assert final_outcome("One and one. The answer is 2.") == 2


def test_majority() -> None:
    """No solution has no vote, however many there are; of equals the first drawn."""
    assert majority("abb") == "b"
    assert majority([None, None, None, 7, 7, 8]) == 7
    assert majority("ba") == "b"
    assert majority([None]) is None
    assert majority([]) is None


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("6 times 3 is 18. The answer is 18.0 apples.", 18),
        ("#### 1,200", 1200),
        ("It is 3, so 7", 7),
        ("\\boxed{-2}", -2),
        ("The answer is (B).", "b"),
        ("Answer: Yes", "yes"),
        ("I do not know", None),
        ("", None),
        ("the answer is", None),
    ],
)
def test_final_outcomes(text: str, outcome: object) -> None:
    assert final_outcome(text) == outcome
