"""conformal-sets, mondrian-sets, class-conditional-sets: by hand, limits, relatives, bad input."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.calibrate.answer_candidates import candidates
from dubito.calibrate.answer_sets import AnswerSets, table
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.data.worlds.offered import favoured, three_kinds
from dubito.evidence import Evidence, Missing, Sequence
from inputs import rich_evidence

NINE = np.column_stack([np.arange(1.0, 10) / 10, 1 - np.arange(1.0, 10) / 10])  # [9, 2]


def test_conformal_sets_by_hand() -> None:
    """Right scores 0.1 ... 0.9, alpha 0.3: rank ceil(10 * 0.7) = 7 of the misfits -0.9 ... -0.1.

    That is -0.3: candidates of at least 0.3 are in.
    """
    sets = ConformalSets(0.3).fit(NINE, np.zeros(9, dtype=int))
    assert sets.thresholds_ == {(None, None): pytest.approx(0.3)}
    assert sets.questions_ == {(None, None): 9}
    got = sets.predict([[0.3, 0.299], [0.1, 0.2], [0.9, 0.35]])
    assert got.members.tolist() == [[True, False], [False, False], [True, True]]
    assert got.sizes.tolist() == [1, 0, 2]  # the second is empty, as may be
    assert not got.everything.any()


def test_mondrian_sets_by_hand() -> None:
    """Alpha 1/2, three of each kind: rank ceil(4 / 2) = 2, the middle right score."""
    scores = np.array([[0.1], [0.2], [0.3], [0.7], [0.8], [0.9]])
    kinds = ["who", "who", "who", "when", "when", "when"]
    sets = ConformalSets(0.5, by_kind=True).fit(scores, np.zeros(6, dtype=int), kinds)
    assert sets.thresholds_ == {("who", None): 0.2, ("when", None): 0.8}
    got = sets.predict([[0.5]] * 3, ["who", "when", "why"])
    assert got.members[:, 0].tolist() == [True, False, True]
    assert got.everything.tolist() == [False, False, True]  # a new kind has no promise


def test_class_conditional_sets_by_hand() -> None:
    """Alpha 1/2, three of each class: the middle score of the column where it is right."""
    scores = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4], [0.5, 0.5], [0.4, 0.6]])
    sets = ConformalSets(0.5, by_class=True).fit(scores, [0, 0, 0, 1, 1, 1])
    assert sets.thresholds_ == {(None, 0): 0.2, (None, 1): 0.5}
    got = sets.predict([[0.2, 0.49], [0.19, 0.5]])
    assert got.members.tolist() == [[True, False], [False, True]]


def test_both_is_a_threshold_for_each_kind_and_class() -> None:
    scores = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]])
    sets = ConformalSets(0.5, by_kind=True, by_class=True)
    sets.fit(scores, [0, 1, 0, 1], ["a", "a", "b", "b"])
    # one question each: rank ceil(2 / 2) = 1
    assert sets.thresholds_ == {("a", 0): 0.1, ("a", 1): 0.8, ("b", 0): 0.3, ("b", 1): 0.4}
    got = sets.predict([[0.2, 0.5], [0.2, 0.5]], ["a", "b"])
    assert got.members.tolist() == [[True, False], [False, True]]


def test_relatives_agree_where_there_is_one_group() -> None:
    world = favoured(0, fitted=200, judged=50)
    known, new = world.known, world.new
    plain = ConformalSets().fit(known.logp, known.right).predict(new.logp)
    kinds = ConformalSets(by_kind=True).fit(known.logp, known.right, ["all"] * 200)
    assert np.array_equal(kinds.predict(new.logp, ["all"] * 50).members, plain.members)
    one = known.logp[:, :1]
    by_class = ConformalSets(by_class=True).fit(one, np.zeros(200, dtype=int))
    alone = ConformalSets().fit(one, np.zeros(200, dtype=int))
    assert np.array_equal(by_class.predict(one).members, alone.predict(one).members)


def test_each_kind_is_as_if_it_were_alone() -> None:
    world = three_kinds(0, fitted=300, judged=60)
    known, new = world.known, world.new
    sets = ConformalSets(by_kind=True).fit(known.logp, known.right, known.kinds.tolist())
    got = sets.predict(new.logp, new.kinds.tolist()).members
    for kind in range(3):
        mine = known.kinds == kind
        alone = ConformalSets().fit(known.logp[mine], known.right[mine])
        here = new.kinds == kind
        assert np.array_equal(alone.predict(new.logp[here]).members, got[here])


@pytest.mark.parametrize(("n", "everything"), [(8, True), (9, False)])
def test_too_few_questions_leave_everything(n: int, everything: bool) -> None:
    """Alpha 0.1 needs 9: ceil(9 * 0.9) = 9 > 8."""
    sets = ConformalSets().fit(NINE[:n], np.zeros(n, dtype=int))
    got = sets.predict([[0.0, math.nan]])
    assert got.everything.tolist() == [everything]
    # a place without a candidate is no answer, even in a set of everything
    assert got.members.tolist() == [[everything, False]]


def test_missing_right_answers_count_as_misses() -> None:
    """19 questions, alpha 0.1: rank 18, so one may be without its right answer, two may not."""
    scores = np.linspace(0.1, 0.9, 19)[:, None]
    right = np.zeros(19, dtype=int)
    # rank 18 of the misfits is the second smallest score; with one missing, the smallest left
    assert ConformalSets().fit(scores, right).thresholds_[None, None] == scores[1, 0]
    right[5] = -1
    one = ConformalSets().fit(scores, right)
    assert one.thresholds_[None, None] == scores[0, 0]
    assert one.n_without_right_ == 1
    right[6] = -1
    two = ConformalSets().fit(scores, right)
    assert two.n_without_right_ == 2
    got = two.predict(scores)
    assert got.everything.all()
    assert got.hold(right).all()  # everything holds what is no candidate, too
    assert got.of([["a"]] * 19) == [None] * 19


def test_a_right_answer_without_a_score_is_as_good_as_missing() -> None:
    scores = np.linspace(0.1, 0.9, 19)[:, None]
    holes = np.where(np.arange(19)[:, None] == 5, math.nan, scores)
    none = np.where(np.arange(19) == 5, -1, 0)
    assert (
        ConformalSets().fit(holes, np.zeros(19, dtype=int)).thresholds_
        == ConformalSets().fit(scores, none).thresholds_
    )


def test_a_class_that_is_not_scored_is_in_where_all_of_it_is() -> None:
    """Class 1 was never right: no score excludes it, no score at all does not either."""
    sets = ConformalSets(0.5, by_class=True).fit([[0.2, 0.8]] * 3, [0, 0, 0])
    got = sets.predict([[0.2, math.nan], [0.1, 0.0], [math.nan, 0.0]])
    assert got.members.tolist() == [[True, True], [False, True], [False, True]]
    assert not got.everything.any()


def test_order_unit_and_padding_do_not_matter() -> None:
    world = favoured(1, fitted=150, judged=40)
    known, new = world.known, world.new
    sets = ConformalSets().fit(known.logp, known.right).predict(new.logp)
    order = np.random.default_rng(0).permutation(150)
    again = ConformalSets().fit(known.logp[order], known.right[order]).predict(new.logp)
    assert np.array_equal(again.members, sets.members)
    scaled = ConformalSets().fit(np.exp(known.logp), known.right).predict(np.exp(new.logp))
    assert np.array_equal(scaled.members, sets.members)
    swapped = ConformalSets().fit(known.logp[:, ::-1], 5 - known.right).predict(new.logp[:, ::-1])
    assert np.array_equal(swapped.members[:, ::-1], sets.members)
    wide = np.column_stack([known.logp, np.full(150, math.nan)])
    assert np.array_equal(
        ConformalSets().fit(wide, known.right).predict(new.logp).members, sets.members
    )


def test_less_risk_never_has_a_smaller_set() -> None:
    world = favoured(2, fitted=300, judged=100)
    fitted = [
        ConformalSets(a).fit(world.known.logp, world.known.right).predict(world.new.logp).members
        for a in (0.4, 0.2, 0.1, 0.01)
    ]
    for less, more in itertools.pairwise(fitted):
        assert (less <= more).all()
    assert fitted[0].sum() < fitted[-1].sum()


def test_ragged_rows_and_names() -> None:
    scores = [[0.9], [0.5, 0.3, 0.2], [0.6, 0.4]]
    assert np.array_equal(
        table(scores),
        [[0.9, math.nan, math.nan], [0.5, 0.3, 0.2], [0.6, 0.4, math.nan]],
        equal_nan=True,
    )
    sets = ConformalSets(0.5).fit(scores, [0, 1, 0])  # 0.9, 0.3, 0.6: rank 2 is 0.6
    got = sets.predict([[0.7, 0.3], [0.2], [0.6, 0.6, 0.8]])
    assert got.of([["a", "b"], ["c"], ["d", "e", "f"]]) == [["a"], [], ["d", "e", "f"]]
    assert got.hold([0, 0, -1]).tolist() == [True, False, False]
    assert got.hold([1, -1, 2]).tolist() == [False, False, True]


@pytest.mark.parametrize("by_kind", [False, True])
@pytest.mark.parametrize("by_class", [False, True])
def test_saved_sets_decide_alike(by_kind: bool, by_class: bool) -> None:
    world = three_kinds(0, fitted=120, judged=50)
    known, new = world.known, world.new
    kinds = known.kinds if by_kind else None
    sets = ConformalSets(0.2, by_kind=by_kind, by_class=by_class)
    sets.fit(known.logp, known.right, kinds)
    again = ConformalSets.from_json(json.loads(json.dumps(sets.to_json(), allow_nan=False)))
    later = [*new.kinds[:-1].tolist(), 7] if by_kind else None
    one, other = sets.predict(new.logp, later), again.predict(new.logp, later)
    assert np.array_equal(one.members, other.members)
    assert np.array_equal(one.everything, other.everything)
    assert again.to_json() == sets.to_json()


@pytest.mark.parametrize(
    ("scores", "right", "message"),
    [
        ([], [], "no candidate in 0 questions"),
        ([[], []], [-1, -1], "no candidate in 2 questions"),
        ([[0.1], [math.inf]], [0, 0], "a score is infinite"),
        ([[[0.1]]], [0], r"scores \[N, M\] or N lists"),
        ([[0.1], [0.2]], [0], "one whole number for each of 2 questions"),
        ([[0.1], [0.2]], [0.0, 0.0], "one whole number for each of 2 questions"),
        ([[0.1], [0.2]], [0, 1], r"column in 0..0, or -1 .* got 1"),
        ([[0.1], [0.2]], [0, -2], r"column in 0..0, or -1 .* got -2"),
    ],
)
def test_bad_input_is_named(scores: list, right: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ConformalSets().fit(scores, right)


def test_bad_options_and_groups_are_named() -> None:
    right = np.zeros(9, dtype=int)
    with pytest.raises(ValueError, match="alpha must lie"):
        ConformalSets(1.0)
    with pytest.raises(ValueError, match="by_kind is False, and kinds are not needed"):
        ConformalSets().fit(NINE, right, ["a"] * 9)
    with pytest.raises(ValueError, match="by_kind is True, and kinds are needed"):
        ConformalSets(by_kind=True).fit(NINE, right)
    with pytest.raises(ValueError, match="one kind for each of 9 questions needed, got 2"):
        ConformalSets(by_kind=True).fit(NINE, right, ["a", "b"])
    with pytest.raises(ValueError, match="1 right answers are in no column"):
        ConformalSets(by_class=True).fit(NINE, np.where(np.arange(9) == 3, -1, 0))
    with pytest.raises(ValueError, match="2 classes were fitted, got 3"):
        ConformalSets(by_class=True).fit(NINE, right).predict([[0.1, 0.2, 0.3]])
    with pytest.raises(ValueError, match="'alpha', which is missing"):
        ConformalSets.from_json({})


def asked(texts: list[str]) -> Evidence:
    """Samples of these texts; those of the same first letter mean the same."""
    first = np.array([t[0] for t in ["?", *texts]])
    return Evidence(
        "?",
        Sequence("?"),
        tuple(Sequence(t) for t in texts),
        entailment=(first[:, None] == first).astype(float),
    )


def test_candidates_are_the_meanings_of_the_samples() -> None:
    """b three times in two wordings, a and c twice each: equal shares by their texts."""
    found = candidates(asked(["c", "b one", "a", "b two", "b one", "c", "a"]))
    assert found.texts == ("b one", "a", "c")
    assert found.shares.tolist() == [3 / 7, 2 / 7, 2 / 7]
    assert found.right(lambda text: text in "ac") == 1
    assert found.right(lambda text: text == "b two") == -1


def test_candidates_do_not_depend_on_the_order_of_the_samples() -> None:
    evidence = rich_evidence(3, 12)
    found = candidates(evidence)
    turned = candidates(evidence.take(list(range(11, -1, -1))))
    assert turned.texts == found.texts
    assert turned.shares.tolist() == found.shares.tolist()
    assert found.shares.sum() == pytest.approx(1)


def test_how_sure_the_judge_has_to_be() -> None:
    evidence = asked(["a", "b"])
    likely = replace(evidence, entailment=np.full((3, 3), 0.7))
    assert candidates(likely).texts == ("a",)
    assert candidates(likely, threshold=0.8).texts == ("a", "b")


def test_candidates_need_samples_and_a_judge() -> None:
    with pytest.raises(Missing, match="samples"):
        candidates(asked(["a"]))
    with pytest.raises(Missing, match="entailment"):
        candidates(replace(asked(["a", "b"]), entailment=None))


def test_from_evidence_to_a_set_of_answers() -> None:
    known = [candidates(asked(["a"] * k + ["b"] * (20 - k))) for k in range(11, 20)]
    right = [found.right(lambda text: text == "a") for found in known]
    sets = ConformalSets(0.3).fit([found.shares for found in known], right)
    # right shares 11/20 ... 19/20: rank 7 of 9 is the third smallest, 13/20
    assert sets.thresholds_[None, None] == 13 / 20
    new = [candidates(asked(["x"] * 14 + ["y"] * 6)), candidates(asked(["x"] * 10 + ["y"] * 10))]
    got = sets.predict([found.shares for found in new])
    assert got.of([found.texts for found in new]) == [["x"], []]


def test_a_set_is_asked_for_the_answers_it_was_made_of() -> None:
    sets = AnswerSets(np.array([[True, False]]), np.array([False]))
    with pytest.raises(ValueError, match=r"shorter|longer"):
        sets.of([])
